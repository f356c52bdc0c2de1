package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/internal/config"
)

// settings are the flags that stand for keys of express.yaml: those that were
// given, by the name of the key.
type settings map[string]string

// setting is the section of those flags.
const setting = "setting"

// flags gives c a flag for every setting that has one value. Those that say how
// to reach NATS have flags of their own.
func (s settings) flags(c *cobra.Command) {
	f := c.Flags()
	for _, k := range config.Keys() {
		if !k.Scalar || strings.HasPrefix(k.Name, natsKeys) {
			continue
		}
		v := &settingFlag{s, k}
		f.Var(v, k.Flag(), k.Help)
		f.SetAnnotation(k.Flag(), section, []string{setting})
		if v.isBool() {
			f.Lookup(k.Flag()).NoOptDefVal = "true"
		}
		if len(k.OneOf) > 0 {
			c.RegisterFlagCompletionFunc(k.Flag(), cobra.FixedCompletions(k.OneOf, cobra.ShellCompDirectiveNoFileComp))
		}
	}
}

// connect adds the settings that the flags of c stand for.
func (s settings) connect(c connection) {
	for _, row := range connectionFlags {
		if v := *row.in(&c.Settings); v != "" {
			s[natsKeys+row.key] = v
		}
	}
}

// A settingFlag is the flag of one setting.
type settingFlag struct {
	of  settings
	key config.Key
}

// Set leaves it to package config whether s is acceptable.
func (f *settingFlag) Set(s string) error {
	f.of[f.key.Name] = s
	return nil
}

// String is the default: pflag asks for it before anything is set.
func (f *settingFlag) String() string { return f.key.Default }

func (f *settingFlag) Type() string {
	switch {
	case f.isBool():
		return "bool"
	case len(f.key.OneOf) > 0:
		return strings.Join(f.key.OneOf, "|")
	}
	return "value"
}

func (f *settingFlag) isBool() bool { return f.key.Default == "false" }
