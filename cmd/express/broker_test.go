package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nats.go/micro"
	"github.com/rogpeppe/go-internal/testscript"
)

// startTime bounds how long a broker may take to be there; it takes
// milliseconds.
const startTime = 30 * time.Second

// brokerOptions are those of a broker on a free port of the loopback interface.
func brokerOptions(store string) *server.Options {
	return &server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT,
		JetStream: true, StoreDir: store,
		NoLog: true, NoSigs: true,
	}
}

func startBroker(o *server.Options) (*server.Server, error) {
	s, err := server.NewServer(o)
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(startTime) {
		s.Shutdown()
		return nil, fmt.Errorf("the broker did not start within %v", startTime)
	}
	return s, nil
}

// cmdBroker starts a broker and makes it the script's own: broker [USER PASSWORD].
func cmdBroker(ts *testscript.TestScript, neg bool, args []string) {
	o := brokerOptions(ts.MkAbs(".jetstream"))
	if len(args) == 2 {
		o.Username, o.Password = args[0], args[1]
	}
	s, err := startBroker(o)
	ts.Check(err)
	ts.Defer(s.Shutdown)
	ts.Setenv("NATS_URL", s.ClientURL())
	ts.Setenv("BROKER", s.Addr().String())
}

// client is a connection to the script's broker.
func client(ts *testscript.TestScript) *nats.Conn {
	nc, err := nats.Connect(ts.Getenv("NATS_URL"))
	ts.Check(err)
	ts.Defer(nc.Close)
	return nc
}

// cmdStream makes a stream: stream NAME SUBJECT [MAXMESSAGES]. One that has so
// many takes no more.
func cmdStream(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: stream NAME SUBJECT [MAXMESSAGES]")
	}
	c := jetstream.StreamConfig{Name: args[0], Subjects: args[1:2], Discard: jetstream.DiscardNew}
	if len(args) == 3 {
		n, err := strconv.ParseInt(args[2], 10, 64)
		ts.Check(err)
		c.MaxMsgs = n
	}
	js, err := jetstream.New(client(ts))
	ts.Check(err)
	_, err = js.CreateStream(context.Background(), c)
	ts.Check(err)
}

// cmdStored wants a stream to hold the lines of a file: stored NAME FILE.
func cmdStored(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: stored NAME FILE")
	}
	js, err := jetstream.New(client(ts))
	ts.Check(err)
	s, err := js.Stream(context.Background(), args[0])
	ts.Check(err)
	var got []byte
	for seq := s.CachedInfo().State.FirstSeq; seq <= s.CachedInfo().State.LastSeq; seq++ {
		m, err := s.GetMsg(context.Background(), seq)
		ts.Check(err)
		got = append(append(got, m.Data...), '\n')
	}
	if want := ts.ReadFile(args[1]); string(got) != want {
		ts.Fatalf("%s holds\n%swant\n%s", args[0], got, want)
	}
}

// cmdHolds waits until a stream holds an event: holds NAME.
func cmdHolds(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: holds NAME")
	}
	js, err := jetstream.New(client(ts))
	ts.Check(err)
	s, err := js.Stream(context.Background(), args[0])
	ts.Check(err)
	c, err := s.CreateOrUpdateConsumer(context.Background(), jetstream.ConsumerConfig{})
	ts.Check(err)
	_, err = c.Next(jetstream.FetchMaxWait(startTime))
	ts.Check(err)
}

// cmdAnswer answers requests with the text of a file, or refuses them as a NATS
// micro service does: answer SUBJECT FILE, answer SUBJECT -refuse WHY.
func cmdAnswer(ts *testscript.TestScript, neg bool, args []string) {
	reply := nats.NewMsg("")
	switch {
	case !neg && len(args) == 2:
		reply.Data = []byte(ts.ReadFile(args[1]))
	case !neg && len(args) == 3 && args[1] == "-refuse":
		reply.Header.Set(micro.ErrorHeader, args[2])
	default:
		ts.Fatalf("usage: answer SUBJECT FILE, answer SUBJECT -refuse WHY")
	}
	nc := client(ts)
	_, err := nc.Subscribe(args[0], func(m *nats.Msg) { m.RespondMsg(reply) })
	ts.Check(err)
	ts.Check(nc.Flush())
}

// requests are those that a script holds, by subject.
type requests map[string]chan *nats.Msg

// held is the key of a script's requests.
type held struct{}

// cmdHold takes requests and does not answer them: hold SUBJECT.
func cmdHold(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: hold SUBJECT")
	}
	c := make(chan *nats.Msg, 1)
	nc := client(ts)
	_, err := nc.ChanSubscribe(args[0], c)
	ts.Check(err)
	ts.Check(nc.Flush())
	ts.Value(held{}).(requests)[args[0]] = c
}

// cmdRelease answers a request that is held: release SUBJECT JSON.
func cmdRelease(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: release SUBJECT JSON")
	}
	select {
	case m := <-ts.Value(held{}).(requests)[args[0]]:
		ts.Check(m.Respond([]byte(args[1])))
	case <-time.After(startTime):
		ts.Fatalf("there is no request on %s", args[0])
	}
}

// cmdFree puts an address of the loopback interface on which nobody listens
// into a variable: free NAME.
func cmdFree(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: free NAME")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], l.Addr().String())
	ts.Check(l.Close())
}

// cmdReady waits until the address of a health listener says ready: ready ADDRESS.
func cmdReady(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ready ADDRESS")
	}
	get(ts, "http://"+args[0]+"/readyz", func(body string) bool { return body == "ready\n" })
}

// cmdStopping waits until a health listener says that the server stops: stopping
// ADDRESS.
func cmdStopping(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: stopping ADDRESS")
	}
	get(ts, "http://"+args[0]+"/readyz", func(body string) bool { return body == "stopping\n" })
}

// cmdMetric waits until a line of the metrics of a server matches: metric ADDRESS
// LINE.
func cmdMetric(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: metric ADDRESS LINE")
	}
	get(ts, "http://"+args[0]+"/metrics", func(body string) bool { return strings.Contains(body, "\n"+args[1]+"\n") })
}

// get asks until the answer is as wanted.
func get(ts *testscript.TestScript, url string, wanted func(body string) bool) {
	last := ""
	for deadline := time.Now().Add(startTime); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		resp, err := http.Get(url)
		if err != nil {
			last = err.Error()
			continue
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if last = string(body); err == nil && wanted(last) {
			return
		}
	}
	ts.Fatalf("%s answers %s", url, last)
}
