package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpCommand is as cobra's own, but a topic that does not exist is a usage
// error.
func (a *app) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:                   "help [COMMAND]",
		Short:                 "Tell about a command",
		Args:                  atMost(1),
		ValidArgsFunction:     commandNames,
		DisableFlagsInUseLine: true,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return c.Root().Help()
			}
			all := c.Root().Commands()
			i := slices.IndexFunc(all, func(sub *cobra.Command) bool { return sub.Name() == args[0] })
			if i < 0 {
				return unknownCommand(c.Root(), args[0])
			}
			return all[i].Help()
		},
	}
}

func commandNames(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, sub := range c.Root().Commands() {
		if len(args) == 0 && sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// writeUsage is what a command's help says below its description.
func writeUsage(c *cobra.Command) error {
	w := c.OutOrStderr()
	line := c.UseLine()
	if c.HasAvailableSubCommands() {
		line = c.CommandPath() + " COMMAND"
	}
	fmt.Fprintf(w, "Usage:\n  %s\n", line)
	if c.HasExample() {
		fmt.Fprintf(w, "\nExamples:\n%s\n", c.Example)
	}
	writeCommands(w, c)

	for _, s := range flagSections {
		set := pflag.NewFlagSet("", pflag.ContinueOnError)
		set.SortFlags = false
		add := func(f *pflag.Flag) {
			if sectionOf(f) == s.name {
				set.AddFlag(f)
			}
		}
		c.LocalFlags().VisitAll(add)
		c.InheritedFlags().VisitAll(add)
		if set.HasAvailableFlags() {
			fmt.Fprintf(w, "\n%s:\n%s\n", s.title, strings.TrimRight(set.FlagUsages(), "\n"))
		}
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\n%s COMMAND --help tells more about a command.\n", c.CommandPath())
	}
	return nil
}

func writeCommands(w io.Writer, c *cobra.Command) {
	for _, group := range c.Groups() {
		fmt.Fprintf(w, "\n%s\n", group.Title)
		for _, sub := range c.Commands() {
			if sub.GroupID == group.ID && !sub.Hidden {
				fmt.Fprintf(w, "  %-*s %s\n", sub.NamePadding(), sub.Name(), sub.Short)
			}
		}
	}
}

// section is the annotation of a flag that says where help shows it.
const section = "section"

// flagSections are the sections of flags in the order help shows them.
var flagSections = []struct{ name, title string }{
	{"", "Flags"},
	{connecting, "Connection"},
	{setting, "Settings, each of which stands in express.yaml or the environment as well"},
}

func sectionOf(f *pflag.Flag) string {
	if at := f.Annotations[section]; at != nil {
		return at[0]
	}
	return ""
}
