package kit

import (
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// Marta is the customer of the samples' newest bodies.
func Marta() helpcrunch.CustomerInput {
	return helpcrunch.CustomerInput{
		Name: "Marta Silva", Email: "marta@example.org", UserID: "crm-4411",
		Company: "Silva Books", Phone: "+351000000001",
		FirstSeen: time.Unix(1700000000, 0),
		Source:    "https://shop.example.org", Locale: "pt", Notes: "Prefers mornings",
		Tags: []helpcrunch.Tag{{Name: "reader", Color: "#1188cc"}},
		CustomData: helpcrunch.CustomData{
			"plan_name": "gold", "seats": 7, "monthly_fee": 49.5, "renewal_date": time.Unix(1704067200, 0),
			"portal_url": "https://portal.example.org/a/7", "is_trial": false,
		},
	}
}
