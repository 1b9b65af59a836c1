package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

// SigningKeyVariable names the environment variable that holds the signing key of webhooks.
const SigningKeyVariable = "HELPCRUNCH_SIGNING_KEY"

// SigningKeyFlag adds the flag of a command that verifies or signs webhooks.
func (e *Env) SigningKeyFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&e.shared.signingKeyFile, "signing-key-file", "",
		"read the signing key of the webhooks from this `file` in place of "+SigningKeyVariable)
}

// SigningKey returns the signing key of the account's webhooks.
func (e *Env) SigningKey(cmd *cobra.Command) (string, error) {
	if cmd.Flags().Changed("signing-key-file") {
		return readKey("signing-key-file", e.shared.signingKeyFile)
	}
	if key := strings.TrimSpace(e.Getenv(SigningKeyVariable)); key != "" {
		return key, nil
	}
	return "", Usagef("no signing key: set %s, or name a file with --signing-key-file", SigningKeyVariable)
}

// Verbose reports whether --verbose was given.
func (e *Env) Verbose() bool { return e.shared.verbose }
