package awsapi_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/transport/awsapi"
)

var update = flag.Bool("update", false, "rewrite the table of operations")

const (
	pagePath = "../../docs/api.md"
	heading  = "| operation | scope | Express has it | here |\n| --- | --- | --- | --- |\n"
)

// docs/api.md has the table of operations.
func TestPage(t *testing.T) {
	page, err := os.ReadFile(pagePath)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(page), heading)
	if !ok {
		t.Fatalf("%s has no table of operations", pagePath)
	}
	_, after, ok := strings.Cut("\n"+rest, "\n\n")
	if !ok {
		t.Fatalf("the table in %s has no end", pagePath)
	}
	want := before + heading + awsapi.Rows() + "\n" + after
	if *update {
		if err := os.WriteFile(pagePath, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(page)); diff != "" {
		t.Errorf("%s (-want +got), run with -update:\n%s", pagePath, diff)
	}
}
