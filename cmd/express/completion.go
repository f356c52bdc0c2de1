package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
)

// shells are those that have a script which completes commands and flags.
var shells = []struct {
	name  string
	write func(root *cobra.Command, w io.Writer) error
}{
	{"bash", func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) }},
	{"fish", func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) }},
	{"powershell", (*cobra.Command).GenPowerShellCompletionWithDesc},
	{"zsh", (*cobra.Command).GenZshCompletion},
}

func (a *app) completionCommand() *cobra.Command {
	var names []string
	for _, s := range shells {
		names = append(names, s.name)
	}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print a shell's completion script",
		Long:  fmt.Sprintf("Print the script that completes commands and flags in a shell, one of %v.", names),
		Example: `  source <(express completion bash)
  express completion zsh > "${fpath[1]}/_express"
  express completion fish > ~/.config/fish/completions/express.fish`,
		ValidArgs: names,
		Args:      exactly("SHELL"),
		RunE: func(c *cobra.Command, args []string) error {
			i := slices.Index(names, args[0])
			if i < 0 {
				return usagef("no completion for %q, only for %v", args[0], names)
			}
			return shells[i].write(c.Root(), a.stdout)
		},
	}
}
