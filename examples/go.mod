module github.com/helpcrunch-go/helpcrunch/examples

go 1.26.0

require (
	github.com/helpcrunch-go/helpcrunch v0.0.0
	github.com/stretchr/testify v1.12.1
)

replace github.com/helpcrunch-go/helpcrunch => ../
