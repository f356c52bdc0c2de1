package embedded

import (
	"fmt"
	"net"

	"github.com/nats-io/nats-server/v2/server"
)

// exposed is the error of a listener that other machines reach and that lets
// anybody in: who can publish can start executions, and can acknowledge events
// in place of the engine.
func exposed(so *server.Options) error {
	auth := len(so.Users)+len(so.Nkeys)+len(so.TrustedOperators) > 0 ||
		so.Username != "" || so.Authorization != "" || so.AuthCallout != nil || so.CustomClientAuthentication != nil ||
		so.TLSVerify || so.TLSMap
	for _, l := range []struct {
		what string
		on   bool
		host string
		auth bool
	}{
		{"NATS clients", !so.DontListen, so.Host, auth},
		{"WebSocket clients", so.Websocket.Port != 0, so.Websocket.Host, auth || so.Websocket.Username != "" || so.Websocket.Token != ""},
		{"MQTT clients", so.MQTT.Port != 0, so.MQTT.Host, auth || so.MQTT.Username != "" || so.MQTT.Token != ""},
	} {
		if l.on && !l.auth && !loopback(l.host) {
			return fmt.Errorf("refusing to listen for %s on %q without authorization: anybody could start workflows; listen on 127.0.0.1, or configure users", l.what, l.host)
		}
	}
	return nil
}

// loopback reports whether only this machine reaches host.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
