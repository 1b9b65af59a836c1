package cli

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// newRoot assembles the program.
func newRoot(env *Env, groups []Group) *cobra.Command {
	root := &cobra.Command{
		Use:   "helpcrunch",
		Short: "Works with a HelpCrunch account from the command line",
		Long: "helpcrunch works with a HelpCrunch account from the command line. It is unofficial.\n\n" +
			"Commands that use an account need an API key, in HELPCRUNCH_API_KEY or in a file that\n" +
			"--key-file names. With --demo they use an in-memory fake server instead.\n\n" +
			"Exit status: 0 success, 1 failure, 2 invalid flag or argument, 130 interrupted.",
		SilenceErrors: true,
		SilenceUsage:  true,
		// The suggestions of cobra take several lines.
		DisableSuggestions: true,
		PersistentPreRun:   func(*cobra.Command, []string) { env.parsed = true },
	}
	env.command = root.Name()
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		env.command = cmd.CommandPath()
		return flagError(err)
	})
	root.PersistentFlags().BoolVar(&env.shared.verbose, "verbose", false, "log each request to standard error")
	for i, group := range groups {
		id := fmt.Sprint(i)
		root.AddGroup(&cobra.Group{ID: id, Title: group.Title})
		for _, command := range group.Commands {
			cmd := command(env)
			cmd.GroupID = id
			root.AddCommand(cmd)
		}
	}
	root.AddCommand(versionCommand(env))
	root.InitDefaultHelpCmd()
	if help, _, err := root.Find([]string{"help"}); err == nil {
		help.Args = knownTopic
	}
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		completion.Args = func(*cobra.Command, []string) error { return Usagef("name the shell: bash, zsh, fish or powershell") }
		completion.RunE = func(*cobra.Command, []string) error { return nil } // Args rejects everything
	}
	nameErrors(env, root)
	return root
}

// flagError words the error of a flag's value in place of the standard library.
func flagError(err error) error {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return usageError{err}
	}
	form := map[string]string{
		"int": "a whole number", "int64Slice": "whole numbers", "uint64": "a whole number, 0 or more",
		"bool": "true or false", "duration": "a time with a unit, such as 30s or 5m",
	}[invalid.GetFlag().Value.Type()]
	if form == "" {
		return usageError{err}
	}
	return Usagef("--%s must be %s, got %q", invalid.GetFlag().Name, form, invalid.GetValue())
}

// knownTopic rejects a command that help does not know. Cobra prints its usage with status 0.
func knownTopic(cmd *cobra.Command, args []string) error {
	if _, rest, err := cmd.Root().Find(args); err != nil || len(rest) > 0 {
		return Usagef("unknown command %q", strings.Join(args, " "))
	}
	return nil
}

// nameErrors makes errors about arguments name the command that they were given to.
func nameErrors(env *Env, cmd *cobra.Command) {
	check := cmd.Args
	if cmd.Runnable() {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			env.command = cmd.CommandPath()
			if check == nil {
				return nil
			}
			return check(cmd, args)
		}
	}
	for _, sub := range cmd.Commands() {
		nameErrors(env, sub)
	}
}

// versionCommand prints the version of the module that was built.
func versionCommand(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  NoArgs,
		RunE: func(*cobra.Command, []string) error {
			version, goVersion := "(unknown)", ""
			if info, ok := debug.ReadBuildInfo(); ok {
				version, goVersion = info.Main.Version, info.GoVersion
			}
			_, err := fmt.Fprintln(env.Stdout, "helpcrunch", version, goVersion)
			return err
		},
	}
}
