package wire

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// suffix ends the name of a data connection, which begins with that of nats.go's.
const suffix = "-data"

// possible reports whether there can be a data connection beside nc.
func possible(nc *nats.Conn) bool {
	return !strings.HasPrefix(nc.ConnectedUrl(), "ws") // of ws:// and wss://
}

// dial connects to the server that nc is connected to, by the same options.
func dial(ctx context.Context, nc *nats.Conn) (*line, error) {
	at, err := url.Parse(nc.ConnectedUrl())
	if err != nil {
		return nil, fmt.Errorf("read the URL of the server: %w", err)
	}
	o := &nc.Opts
	opened, err := open(nc, at)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { opened.Close() })()
	conn := opened
	conn.SetDeadline(time.Now().Add(o.Timeout)) // an error shows in what follows
	secure := o.Secure && o.TLSHandshakeFirst
	if secure {
		conn = encrypt(nc, conn, at)
	}
	in := newReader(conn)
	i, err := greeting(in)
	if err == nil && !secure && (o.Secure || i.TLSRequired) {
		if in.i < in.n { // nobody may say anything before
			err = errors.New("the server says more than it may before encryption")
		}
		conn = encrypt(nc, conn, at)
		in = newReader(conn)
	}
	if err == nil {
		err = introduce(nc, conn, at, &i)
	}
	if err == nil {
		err = welcome(in)
	}
	if err == nil {
		err = conn.SetDeadline(time.Time{})
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("connect to %s: %w", at.Redacted(), err)
	}
	l := &line{nc: nc, conn: conn, in: in}
	l.maxPayload.Store(i.MaxPayload)
	l.subs.by = make(map[uint64]*Subscription)
	return l, nil
}

// open opens the connection as nats.go does; to the very address where that is
// what it has dialed.
func open(nc *nats.Conn, at *url.URL) (conn net.Conn, err error) {
	switch o := &nc.Opts; {
	case o.InProcessServer != nil:
		conn, err = o.InProcessServer.InProcessConn()
	case o.CustomDialer != nil:
		conn, err = o.CustomDialer.Dial("tcp", at.Host)
	default:
		d := *o.Dialer
		if o.AllowMultipathTCP != nil {
			d.SetMultipathTCP(*o.AllowMultipathTCP)
		}
		conn, err = d.Dial("tcp", cmp.Or(nc.ConnectedAddr(), at.Host))
	}
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", at.Redacted(), err)
	}
	return conn, nil
}

// encrypt is conn under TLS; the handshake is part of what is written first.
func encrypt(nc *nats.Conn, conn net.Conn, at *url.URL) net.Conn {
	o := &nc.Opts
	if d, ok := o.CustomDialer.(interface{ SkipTLSHandshake() bool }); ok && d.SkipTLSHandshake() {
		return conn
	}
	config := new(tls.Config)
	if o.TLSConfig != nil {
		config = o.TLSConfig.Clone()
	}
	if o.TLSCertCB != nil {
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			c, err := o.TLSCertCB()
			return &c, err
		}
	}
	if o.RootCAsCB != nil {
		if roots, err := o.RootCAsCB(); err == nil {
			config.RootCAs = roots
		}
	}
	if config.ServerName == "" {
		// A server that was discovered has an address, and the certificate of the name
		// that nats.go has come from.
		state, _ := nc.TLSConnectionState()
		config.ServerName = cmp.Or(state.ServerName, at.Hostname())
	}
	return tls.Client(conn, config)
}

// greeting reads what a server says first.
func greeting(in *reader) (i info, err error) {
	f, err := await(in, verbInfo)
	if err != nil {
		return i, err
	}
	if i, err = readInfo(f.text); err == nil && !i.Headers {
		err = errors.New("the server knows no headers")
	}
	return i, err
}

// welcome reads the answer to the first ping.
func welcome(in *reader) error {
	_, err := await(in, verbPong)
	return err
}

// await reads up to an operation.
func await(in *reader, v verb) (f frame, err error) {
	for {
		ok, err := in.next(&f)
		switch {
		case err != nil:
			return f, err
		case !ok:
			if err := in.fill(); err != nil {
				return f, err
			}
		case f.verb == v:
			return f, nil
		case f.verb == verbErr:
			return f, errors.New("nats: " + string(f.text))
		}
	}
}

// introduce says who we are, and asks whether that is accepted.
func introduce(nc *nats.Conn, conn net.Conn, at *url.URL, i *info) error {
	c, err := credentials(&nc.Opts, at.User, i.Nonce)
	if err != nil {
		return err
	}
	c.Name, c.Lang, c.Version = nc.Opts.Name+suffix, nats.LangString, nats.Version
	c.Protocol, c.Echo = 1, !nc.Opts.NoEcho
	c.Headers, c.NoResponders = true, true
	text, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("write CONNECT: %w", err)
	}
	_, err = fmt.Fprintf(conn, "CONNECT %s\r\n%s", text, ping)
	return err
}

// A hello is what a client says of itself.
type hello struct {
	Verbose      bool   `json:"verbose"`
	Pedantic     bool   `json:"pedantic"`
	JWT          string `json:"jwt,omitempty"`
	NKey         string `json:"nkey,omitempty"`
	Signature    string `json:"sig,omitempty"`
	User         string `json:"user,omitempty"`
	Password     string `json:"pass,omitempty"`
	Token        string `json:"auth_token,omitempty"`
	TLS          bool   `json:"tls_required"`
	Name         string `json:"name"`
	Lang         string `json:"lang"`
	Version      string `json:"version"`
	Protocol     int    `json:"protocol"` // 1: the server may send INFO at any time
	Echo         bool   `json:"echo"`
	Headers      bool   `json:"headers"`
	NoResponders bool   `json:"no_responders"`
}

// credentials are those of o, or of the URL, which win, as nats.go has them.
func credentials(o *nats.Options, in *url.Userinfo, nonce string) (h hello, err error) {
	h.TLS = o.Secure
	if in != nil {
		var ok bool
		if h.Password, ok = in.Password(); ok {
			h.User = in.Username()
		} else {
			h.Token = in.Username()
		}
	} else {
		h.User, h.Password, h.Token, h.NKey = o.User, o.Password, o.Token, o.Nkey
		if o.UserInfo != nil {
			h.User, h.Password = o.UserInfo()
		}
	}
	if o.TokenHandler != nil {
		h.Token = o.TokenHandler()
	}
	if o.UserJWT != nil {
		if h.JWT, err = o.UserJWT(); err != nil {
			return h, fmt.Errorf("read the user's JWT: %w", err)
		}
	}
	if h.JWT == "" && h.NKey == "" {
		return h, nil
	}
	if o.SignatureCB == nil {
		return h, errors.New("there is nothing to sign the server's nonce with")
	}
	signature, err := o.SignatureCB([]byte(nonce))
	if err != nil {
		return h, fmt.Errorf("sign the server's nonce: %w", err)
	}
	h.Signature = base64.RawURLEncoding.EncodeToString(signature)
	return h, nil
}
