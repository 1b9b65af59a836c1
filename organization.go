package helpcrunch

import (
	"cmp"
	"context"
)

// Organization is the account that the API key belongs to.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/organization-model-v1.
type Organization struct {
	ID     int64  `json:"id"`
	Domain string `json:"domain"`
	// TeamOnline says whether an agent is online, ChatEnabled whether customers can write.
	TeamOnline  bool `json:"teamOnline"`
	ChatEnabled bool `json:"chatEnabled"`
}

// OrganizationService reads the account: see Client.Organization.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/organization-model-v1.
type OrganizationService service

func (s *OrganizationService) client() *Client { return (*service)(s).client() }

// Get returns the account that the API key belongs to. It is a cheap way to check a key: a wrong
// one is [ErrUnauthorized].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-organization-v1.
func (s *OrganizationService) Get(ctx context.Context) (*Organization, error) {
	response, err := do[organizationEnvelope](ctx, s.client(), s.client().request(getOrganization))
	if err != nil {
		return nil, err
	}
	return cmp.Or(response.Data, &response.Organization), nil
}

// organizationEnvelope is an organization in its envelope or without one.
type organizationEnvelope struct {
	Data *Organization `json:"data"`
	Organization
}
