package account

// The words that generated rows are made of. All of them are invented or commonplace.
var (
	firstNames = []string{
		"Ada", "Bruno", "Clara", "Daan", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kira", "Lee", "Marta", "Nadia",
		"Oleh", "Petra", "Quentin", "Rosa", "Stefan", "Tomas", "Uma", "Vera", "Wanda", "Xenia", "Yara", "Zoe",
	}
	lastNames = []string{
		"Almeida", "Brandt", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Horvat", "Ivanenko", "Jansen", "Klein",
		"Lindqvist", "Moreau", "Novak", "Okafor", "Park", "Quinn", "Ramos", "Silva", "Tanaka", "Unger", "Veld", "Weber", "Yilmaz",
	}
	companyWords = []string{"Books", "Ltd", "Studio", "Foods", "Logistics", "and Sons"}
	pages        = []string{"cart", "pricing", "docs/setup", "account", "returns"}
	places       = []struct{ locale, country, region, city string }{
		{"pt", "PT", "Lisboa", "Lisbon"}, {"en", "GB", "England", "York"}, {"de", "DE", "Bayern", "Nuremberg"},
		{"uk", "UA", "Lviv", "Lviv"}, {"fr", "FR", "Bretagne", "Rennes"}, {"en", "CA", "Ontario", "Ottawa"},
		{"nl", "NL", "Utrecht", "Utrecht"}, {"ja", "JP", "Kyoto", "Kyoto"},
	}
	questions = []string{
		"Is anyone there?", "My order has not arrived yet.", "How do I change my password?", "Can I pay by invoice?",
		"The page stays empty.", "Do you ship to islands?", "Thanks!", "That did not help.",
	}
	answers = []string{
		"Hello, how can I help?", "Let me look into it.", "You find it under Settings.", "It is on its way.",
		"I have sent you the link.", "We fixed it, please try again.", "You are welcome.",
	}
)
