package helpcrunch

import "context"

// Organization is the account itself.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/organization-model-v1.
type Organization struct {
	ID     int64  `json:"id"`
	Domain string `json:"domain"`
	// TeamOnline says whether an agent is there; ChatEnabled whether customers can
	// write.
	TeamOnline  bool `json:"teamOnline"`
	ChatEnabled bool `json:"chatEnabled"`
}

// OrganizationService is the account itself.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/organization-model-v1.
type OrganizationService struct {
	owner *Client
}

func (s *OrganizationService) client() *Client { return (*service)(s).client() }

// Get returns the account to which the API key belongs. It is a cheap way to find out
// whether a key is right: it is [ErrUnauthorized] for a wrong one.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-organization-v1.
func (s *OrganizationService) Get(ctx context.Context) (*Organization, error) {
	response, err := do[organizationEnvelope](ctx, s.client(), s.client().request(getOrganization))
	if err != nil {
		return nil, err
	}
	if response.Data != nil {
		return response.Data, nil
	}
	return &response.Organization, nil
}

// organizationEnvelope is an organization in its envelope or without one.
type organizationEnvelope struct {
	Data *Organization `json:"data"`
	Organization
}
