package httptask

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"syscall"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/transport"
)

// Error names of tasks over HTTP, AWS's but for the last. States.TaskFailed in
// Retry and Catch matches them, as it does all names of tasks.
const (
	// StatusCode begins the name of the error of an answer that is no success:
	// States.Http.StatusCode.404. Its cause is the body, as text, in which the
	// connection's secrets are blotted out; without one, the status in words.
	StatusCode = "States.Http.StatusCode."
	// ErrSocket says that there was no whole answer: refused, reset, no such host,
	// a TLS handshake that failed, 60 seconds.
	ErrSocket = "States.Http.Socket"
	// ErrPermissions says that the address must not be called. AWS has the name for
	// a task without the rights to run.
	ErrPermissions = "States.Permissions"
	// ErrNoConnection says that there is no connection of that name.
	ErrNoConnection = connectionResource + "ResourceNotFound"
	// ErrAccessDenied says that a secret of the connection cannot be read.
	ErrAccessDenied = connectionResource + "AccessDenied"
	// ErrConnectionState says that the connection cannot be used: the token server
	// refuses it, or its certificates cannot be loaded.
	ErrConnectionState = connectionResource + "InvalidConnectionState"
	// ErrConnectionInternal says that the token server did not answer, or not with
	// a token.
	ErrConnectionInternal = connectionResource + "InternalError"
	// ErrPattern says that a Resource asks for a job or a callback (.sync,
	// .waitForTaskToken), for which package callback has to wait: the answer would
	// be taken for the result.
	ErrPattern = "Http.UnsupportedPattern"

	connectionResource = "Events.ConnectionResource."
)

var errTimeout = errors.New("the request has taken too long")

func failure(name, format string, args ...any) *express.Error {
	return &express.Error{Name: name, Cause: fmt.Sprintf(format, args...)}
}

// badField is the error of an argument that cannot be used.
func badField(field string) *express.Error {
	return transport.BadArguments("The value of the field '%s' has an invalid format", field)
}

// socket is the error of a call of host that err ended. It holds neither the URL,
// whose query may have come from a connection, nor err, which may quote what the
// server has sent back.
func socket(host string, err error) *express.Error {
	if said, ok := errors.AsType[*express.Error](err); ok {
		return said
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return failure(ErrSocket, "%s.", why(host, err))
}

// why says in a sentence why there is no answer of host.
func why(host string, err error) string {
	dns, noName := errors.AsType[*net.DNSError](err)
	certificate, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	op, ofNet := errors.AsType[*net.OpError](err)
	switch {
	case errors.Is(err, errTimeout):
		return fmt.Sprintf("%s has not answered within %d seconds", host, int(Timeout.Seconds()))
	case errors.Is(err, syscall.ECONNREFUSED):
		return host + " refuses the connection"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return host + " has closed the connection before its answer was complete"
	case noName && dns.IsNotFound:
		return "There is no host " + host
	case untrusted:
		return fmt.Sprintf("The certificate of %s is not trusted: %v", host, certificate.Err)
	case ofNet && op.Err != nil: // its own text has the address
		return fmt.Sprintf("The connection to %s has failed: %v", host, op.Err)
	}
	return fmt.Sprintf("The connection to %s has failed: %v", host, err)
}
