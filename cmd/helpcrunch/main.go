// Command helpcrunch is for people who run a HelpCrunch account. It checks an API key, exports
// and imports customers and chats, draws a report, receives webhooks, and serves an in-memory
// fake server for tests in any language.
//
//	HELPCRUNCH_API_KEY=... helpcrunch check
//
// Run helpcrunch --help for the commands. The README beside this file shows each of them.
package main

import (
	"os"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/check"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/export"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/importer"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/listen"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/report"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/sandbox"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/trigger"
)

func main() {
	os.Exit(cli.Main(
		cli.Group{Title: "Account:", Commands: []cli.Command{check.Command, export.Command, importer.Command, report.Command}},
		cli.Group{Title: "Webhooks and tests:", Commands: []cli.Command{sandbox.Command, listen.Command, trigger.Command}},
	))
}
