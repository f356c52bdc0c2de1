package awsapi_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// withKeys plays a scenario without keys and with them: play is given the port, the
// id of the key and its secret, which is "none" where there are no keys.
func withKeys(t *testing.T, play func(t *testing.T, args ...string)) {
	for _, tt := range []struct {
		name, secret string
	}{{"no keys", "none"}, {"keys", allScopes.Secret}} {
		t.Run(tt.name, func(t *testing.T) {
			_, port := clientServer(t, tt.secret != "none")
			play(t, port, allScopes.ID, tt.secret)
		})
	}
}

// finished runs c, which prints done at its end.
func finished(t *testing.T, c *exec.Cmd) {
	t.Helper()
	if out, err := c.CombinedOutput(); err != nil || !strings.HasSuffix(string(out), "done\n") {
		t.Errorf("%s: %v\n%s", c, err, out)
	}
}

// The SDK for JavaScript is pointed here by endpoint, and disableHostPrefix.
func TestJavaScriptClient(t *testing.T) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skip("npm is not installed")
	}
	dir := filepath.Join("testdata", "js")
	install := exec.Command(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("npm cannot install the SDK: %v\n%s", err, out)
	}
	withKeys(t, func(t *testing.T, args ...string) {
		for _, prefix := range []string{"switch", "name"} {
			c := exec.Command("node", append(append([]string{"scenario.mjs"}, args...), prefix)...)
			c.Dir = dir
			finished(t, c)
		}
	})
}

// boto3 is pointed here by endpoint_url, and a line in the hosts file.
func TestPythonClient(t *testing.T) {
	python := withBoto3(t)
	withKeys(t, func(t *testing.T, args ...string) {
		finished(t, withHosts(t, append([]string{python, filepath.Join("testdata", "python", "scenario.py")}, args...)...))
	})
}

// withBoto3 is a Python that has boto3, the system's before others.
func withBoto3(t *testing.T) string {
	t.Helper()
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		if out, err := exec.Command(python, "-c", "import boto3; print(boto3.__version__)").Output(); err == nil {
			t.Logf("%s with boto3 %s", python, out)
			return python
		}
	}
	t.Skip("no python3 has boto3")
	return ""
}

// The aws command is pointed here by --endpoint-url, and a line in the hosts file.
func TestCommandLineClient(t *testing.T) {
	if _, err := exec.LookPath("aws"); err != nil {
		t.Skip("aws is not installed")
	}
	script, err := filepath.Abs(filepath.Join("testdata", "cli", "scenario.sh"))
	if err != nil {
		t.Fatal(err)
	}
	withKeys(t, func(t *testing.T, args ...string) {
		c := withHosts(t, "sh", script, args[0])
		c.Dir = t.TempDir()
		c.Env = append(c.Env, "AWS_ACCESS_KEY_ID="+args[1], "AWS_SECRET_ACCESS_KEY="+args[2])
		finished(t, c)
	})
}

// withHosts is a command that sees a hosts file of its own, in which the name that
// clients make by their prefix leads to this machine. The machine's own stays as it
// is.
func withHosts(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	hosts := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(hosts, []byte("127.0.0.1 localhost sync-localhost\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	const bind = `mount --bind "$0" /etc/hosts && exec "$@"`
	if out, err := exec.Command("unshare", "-m", "sh", "-c", bind, hosts, "true").CombinedOutput(); err != nil {
		t.Skipf("unshare -m and mount are not permitted here: %v %s", err, out)
	}
	c := exec.Command("unshare", append([]string{"-m", "sh", "-c", bind, hosts}, args...)...)
	c.Env = append(os.Environ(), "AWS_DEFAULT_REGION=us-east-1", "AWS_CONFIG_FILE=/dev/null", "AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=")
	return c
}
