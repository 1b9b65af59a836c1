module github.com/helpcrunch-go/helpcrunch

go 1.26.0

require (
	github.com/hashicorp/go-cleanhttp v0.5.2
	github.com/hashicorp/go-retryablehttp v0.7.8
	golang.org/x/time v0.16.0
)

require go.yaml.in/yaml/v3 v3.0.5 // indirect

// Used in tests alone.
require (
	github.com/stretchr/testify v1.12.1
	go.uber.org/goleak v1.3.0
)
