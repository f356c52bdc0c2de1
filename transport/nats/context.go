package nats

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"

	"github.com/nats-io/nats.go"
	"golang.org/x/net/proxy"
)

// A clientContext is a context of the nats command: the settings of a connection,
// which its user has given a name. Secrets may be references; see secret.
type clientContext struct {
	URL         string `json:"url"`
	SocksProxy  string `json:"socks_proxy"`
	Token       string `json:"token"`
	User        string `json:"user"`
	Password    string `json:"password"`
	Creds       string `json:"creds"`
	NKey        string `json:"nkey"`
	UserJWT     string `json:"user_jwt"`
	UserSeed    string `json:"user_seed"`
	Cert        string `json:"cert"`
	Key         string `json:"key"`
	CA          string `json:"ca"`
	NSC         string `json:"nsc"` // where nsc knows URL and Creds
	Domain      string `json:"jetstream_domain"`
	APIPrefix   string `json:"jetstream_api_prefix"`
	InboxPrefix string `json:"inbox_prefix"`
	TLSFirst    bool   `json:"tls_first"`
	certStore
}

// contextHome is the directory in which the nats command keeps contexts.
func contextHome() (string, error) {
	if dir := os.Getenv("XDG_CONFIG_HOME"); dir != "" {
		return filepath.Join(dir, "nats"), nil
	}
	u, err := user.Current()
	if err != nil {
		return "", err
	}
	return filepath.Join(u.HomeDir, ".config", "nats"), nil
}

// selectedContext is the name of the context that the user of the nats command has
// selected, "" for none.
func selectedContext() string {
	home, err := contextHome()
	if err != nil {
		return ""
	}
	name, err := os.ReadFile(filepath.Join(home, "context.txt"))
	if err != nil { // nothing was ever selected
		return ""
	}
	return strings.TrimSpace(string(name))
}

// readContext reads the context of that name. Its error is a *ConnectError.
func readContext(name string) (*clientContext, error) {
	c, err := loadContext(name)
	if err != nil {
		return nil, &ConnectError{fmt.Sprintf("there is no NATS context %q that can be read: %v", name, err), err}
	}
	return c, nil
}

func loadContext(name string) (*clientContext, error) {
	if strings.Contains(name, "..") || strings.ContainsAny(name, `/\`) {
		return nil, errors.New("a name cannot be a path")
	}
	home, err := contextHome()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(home, "context", name+".json"))
	if err != nil {
		return nil, err
	}
	c := new(clientContext)
	if err := json.Unmarshal(text, c); err != nil {
		return nil, err
	}
	for _, path := range []*string{&c.Creds, &c.NKey, &c.Cert, &c.Key, &c.CA} {
		*path = expand(*path)
	}
	if c.NSC != "" {
		profile, err := askNSC(c.NSC)
		if err != nil {
			return nil, err
		}
		c.Creds = cmp.Or(c.Creds, profile.Creds)
		c.URL = cmp.Or(c.URL, strings.Join(profile.Operator.Service, ","))
	}
	c.URL = cmp.Or(c.URL, nats.DefaultURL)
	return c, nil
}

// expand is a path with what its variables and its ~ stand for.
func expand(path string) string {
	path = os.ExpandEnv(path)
	if !strings.HasPrefix(path, "~") {
		return path
	}
	u, err := user.Current()
	if err != nil {
		return path
	}
	return u.HomeDir + path[1:]
}

// A nscProfile is what the nsc command knows of a user.
type nscProfile struct {
	Creds    string `json:"user_creds"` // file
	Operator struct {
		Service []string `json:"service"` // URLs
	} `json:"operator"`
}

// askNSC asks for the profile of a user: nsc://OPERATOR/ACCOUNT/USER.
func askNSC(ref string) (*nscProfile, error) {
	out, err := exec.Command("nsc", "generate", "profile", "nsc://"+cutPrefixFold(ref, "nsc://")).Output()
	if err != nil {
		return nil, commandError("nsc", err)
	}
	p := new(nscProfile)
	if err := json.Unmarshal(out, p); err != nil {
		return nil, fmt.Errorf("read what nsc says: %w", err)
	}
	return p, nil
}

// commandError is err with what the command has said about it.
func commandError(command string, err error) error {
	if e, ok := errors.AsType[*exec.ExitError](err); ok && len(e.Stderr) > 0 {
		return fmt.Errorf("%s: %w: %s", command, err, strings.TrimSpace(string(e.Stderr)))
	}
	return fmt.Errorf("%s: %w", command, err)
}

// options are c in nats.go's words. Of the ways to say who one is, the first counts.
func (c *clientContext) options() (all []nats.Option, err error) {
	add := func(what string, o nats.Option, e error) {
		if e != nil {
			err = cmp.Or(err, fmt.Errorf("%s: %w", what, e))
			return
		}
		all = append(all, o)
	}
	switch {
	case c.User != "":
		password, err := secret(c.Password)
		add("password", nats.UserInfo(c.User, password), err)
	case c.Creds != "":
		o, err := credentials(c.Creds)
		add("creds", o, err)
	case c.NKey != "":
		o, err := nkey(c.NKey)
		add("nkey", o, err)
	case c.UserJWT != "":
		o, err := userJWT(c.UserJWT, c.UserSeed)
		add("user_jwt", o, err)
	}
	if c.Token != "" {
		token, err := secret(c.Token)
		add("token", nats.Token(token), err)
	}
	if c.Cert != "" && c.Key != "" {
		cert, err := file(c.Cert)
		key, keyErr := file(c.Key)
		add("cert and key", nats.ClientCert(cert, key), cmp.Or(err, keyErr))
	}
	if c.CA != "" {
		ca, err := file(c.CA)
		add("ca", nats.RootCAs(ca), err)
	}
	if c.SocksProxy != "" {
		all = append(all, nats.SetCustomDialer(socks(c.SocksProxy)))
	}
	if c.InboxPrefix != "" {
		all = append(all, nats.CustomInboxPrefix(c.InboxPrefix))
	}
	if c.TLSFirst {
		all = append(all, nats.TLSHandshakeFirst())
	}
	if c.Store != "" {
		tls, err := c.certStore.config(c.CA)
		add("windows_cert_store", nats.Secure(tls), err)
	}
	return all, err
}

// A socks is the URL of a SOCKS proxy through which to connect.
type socks string

func (s socks) Dial(network, address string) (net.Conn, error) {
	u, err := url.Parse(string(s))
	if err != nil {
		return nil, err
	}
	d, err := proxy.FromURL(u, proxy.Direct)
	if err != nil {
		return nil, err
	}
	return d.Dial(network, address)
}
