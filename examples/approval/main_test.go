package main

import (
	"testing"

	"github.com/seed66d9166c/express/examples/internal/demotest"
)

func TestOutcomes(t *testing.T) { demotest.Run(t, approval) }
