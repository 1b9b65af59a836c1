package helpcrunch

import "context"

// Application is a channel that customers write from: a web widget, a mobile app or a messenger.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/application-model-v1.
type Application struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	DisplayName string `json:"displayName"`
	Active      bool   `json:"active"`
	Type        string `json:"type"` // new values may appear
}

// ApplicationsService reads the applications of the account: see Client.Applications.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/application-model-v1.
type ApplicationsService service

func (s *ApplicationsService) client() *Client { return (*service)(s).client() }

// List returns all applications. The service documents no pagination for them. If the response
// contains no total, Total is the number of rows.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-applications-v1.
func (s *ApplicationsService) List(ctx context.Context) (*Page[Application], error) {
	page, err := requestPage[Application](ctx, s.client(), s.client().request(listApplications), pageRequest{Limit: maxLimit})
	if err == nil && page.Total < 0 {
		page.Total = len(page.Items)
	}
	return page, err
}

func (a *Application) id() int64 { return a.ID }
