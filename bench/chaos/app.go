package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// definition calls the service and says which version of it began and ended.
const definition = `{"StartAt": "First", "States": {
  "First": {"Type": "Pass", "Result": VERSION, "ResultPath": "$.first", "Next": "Call"},
  "Call": {"Type": "Task", "Resource": "nats:request:chaos.effect", "TimeoutSeconds": 10, "ResultPath": "$.effect", "Next": "Last",
    "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "BackoffRate": 1.5, "MaxDelaySeconds": 4, "MaxAttempts": 30}]},
  "Last": {"Type": "Pass", "Parameters": {"first.$": "$.first", "last": VERSION}, "End": true}
}}`

// once calls the service, and fails where that does.
const once = `{"StartAt": "Call", "States": {
  "Call": {"Type": "Task", "Resource": "nats:request:chaos.effect", "TimeoutSeconds": 2, "ResultPath": "$.effect", "End": true}
}}`

// onceHTTP is once over HTTP.
var onceHTTP = strings.Replace(once, "nats:request:"+taskSubject, "http://SERVICE"+taskPath, 1)

// writeApp writes the application of a version of the definition, and returns
// its directory.
func (s *stand) writeApp(version int) error {
	dir := s.app(version)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	definition := strings.NewReplacer("VERSION", fmt.Sprint(version), "SERVICE", s.tasks).Replace(s.set.definition)
	if err := os.WriteFile(filepath.Join(dir, workflow+".asl.json"), []byte(definition), 0o600); err != nil {
		return err
	}
	yaml := fmt.Sprintf(`name: chaos
completion: publish
slots: %d
callbacks: {listen: "off"}
api: {listen: "off"}
http: {allow: ["%s"]}
streams: {maxBytes: %s, replicas: %d}
triggers: [{subject: %s, stream: %s, workflow: %s, ackWait: %v}]
`, s.set.slots, s.tasks, s.set.maxBytes, s.set.servers, orders, orderStream, workflow, s.set.ackWait)
	return os.WriteFile(filepath.Join(dir, "express.yaml"), []byte(yaml), 0o600)
}

func (s *stand) app(version int) string { return filepath.Join(s.dir, fmt.Sprintf("app%d", version)) }
