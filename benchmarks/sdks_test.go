package benchmarks

import (
	"context"
	"net/http"

	"github.com/digitalocean/godo"
	"github.com/google/go-github/v89/github"
	"github.com/hetznercloud/hcloud-go/v2/hcloud"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	gitlab "gitlab.com/gitlab-org/api/client-go/v2"
	"golang.org/x/oauth2"
	"tailscale.com/client/tailscale/v2"
)

// Each SDK is set up as its own README does, over the given HTTP client, and left with its defaults.

func withGitHub(client *http.Client) (func(context.Context) (string, error), error) {
	c, err := github.NewClient(github.WithHTTPClient(client), github.WithAuthToken(apiKey))
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (string, error) {
		user, _, err := c.Users.GetByID(ctx, 7)
		return user.GetName(), err
	}, nil
}

func withGitLab(client *http.Client) (func(context.Context) (string, error), error) {
	c, err := gitlab.NewClient(apiKey, gitlab.WithHTTPClient(client))
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (string, error) {
		user, _, err := c.Users.GetUser(7, nil, gitlab.WithContext(ctx))
		if err != nil {
			return "", err
		}
		return user.Name, nil
	}, nil
}

func withDigitalOcean(client *http.Client) (func(context.Context) (string, error), error) {
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, client)
	tokens := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: apiKey})
	c := godo.NewClient(oauth2.NewClient(ctx, tokens))
	return func(ctx context.Context) (string, error) {
		account, _, err := c.Account.Get(ctx)
		if err != nil {
			return "", err
		}
		return account.Name, nil
	}, nil
}

func withHetzner(client *http.Client) (func(context.Context) (string, error), error) {
	c := hcloud.NewClient(hcloud.WithToken(apiKey), hcloud.WithHTTPClient(client))
	return func(ctx context.Context) (string, error) {
		location, _, err := c.Location.GetByID(ctx, 7)
		if err != nil {
			return "", err
		}
		return location.Name, nil
	}, nil
}

func withOpenAI(client *http.Client) (func(context.Context) (string, error), error) {
	c := openai.NewClient(option.WithAPIKey(apiKey), option.WithHTTPClient(client))
	return func(ctx context.Context) (string, error) {
		model, err := c.Models.Get(ctx, "7")
		if err != nil {
			return "", err
		}
		return model.ID, nil
	}, nil
}

func withTailscale(client *http.Client) (func(context.Context) (string, error), error) {
	c := &tailscale.Client{APIKey: apiKey, HTTP: client}
	return func(ctx context.Context) (string, error) {
		user, err := c.Users().Get(ctx, "7")
		if err != nil {
			return "", err
		}
		return user.DisplayName, nil
	}, nil
}
