package nats

import (
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
)

func TestServices(t *testing.T) {
	nc := connect(t)
	for subject, text := range map[string]string{
		"express.aws.sqs.sendMessage":         `{"MessageId": "m"}`,
		"express.aws.sns.publish":             `{"MessageId": "m", "SdkHttpMetadata": {}, "SdkResponseMetadata": {"RequestId": "theirs"}}`,
		"express.aws-sdk.dynamodb.getItem":    `{"Item": {}}`,
		"express.aws.sqs.orders":              `{"a": 1}`,
		"express.aws.apigateway.invoke":       `{"StatusCode": 200, "ResponseBody": {}}`,
		"express.aws.events.putEvents":        `{"FailedEntryCount": 0, "Entries": []}`,
		"express.aws-sdk.lambda.invoke":       `{"Payload": "{}"}`,
		"express.aws-sdk.eventbridge.putRule": ``,
	} {
		answer(t, nc, subject, func(m *nats.Msg) { m.Respond([]byte(text)) })
	}
	for _, tt := range []struct{ resource, want string }{
		{"arn:aws:states:::aws-sdk:dynamodb:getItem", `{"Item":{}}`},
		{"arn:aws:states:eu-west-1:123456789012:aws-sdk:lambda:invoke", `{"Payload":"{}"}`},
		{"arn:aws:states:::aws-sdk:eventbridge:putRule", `null`},
		{"arn:aws:sqs:eu-west-1:123456789012:orders", `{"a":1}`},
		{"arn:aws:states:::events:putEvents", `{"FailedEntryCount":0,"Entries":[]}`},
		{"arn:aws:states:::apigateway:invoke", `{"StatusCode":200,"ResponseBody":{}}`},
		{"arn:aws:states:::sns:publish", `{"MessageId":"m","SdkHttpMetadata":{},"SdkResponseMetadata":{"RequestId":"theirs"}}`},
	} {
		v, err := invoke(t, nc, tt.resource, `{}`)
		expect(t, v, err, tt.want, "")
	}
	v, err := invoke(t, nc, "arn:aws:states:::sqs:sendMessage", `{}`)
	if err != nil {
		t.Fatal(err)
	}
	id, _ := at(v, "SdkResponseMetadata", "RequestId")
	status, _ := at(v, "SdkHttpMetadata", "HttpStatusCode")
	message, _ := v.Get("MessageId")
	if id.Text() != "KEY" || status.String() != "200" || message.Text() != "m" {
		t.Errorf("the result of sqs:sendMessage is %s", v)
	}
	v, err = invoke(t, nc, "arn:aws:states:::aws-sdk:sns:publish", `{}`)
	expect(t, v, err, "Nobody answers express.aws-sdk.sns.publish", ErrNoResponders)
}

func TestServicesFail(t *testing.T) {
	nc := connect(t)
	const refused = `{"FailedEntryCount":1,"Entries":[{"ErrorCode":"InternalFailure"}]}`
	answer(t, nc, "express.aws.events.putEvents", func(m *nats.Msg) { m.Respond([]byte(refused)) })
	answer(t, nc, "express.aws.apigateway.invoke", func(m *nats.Msg) { m.Respond(m.Data) })
	answer(t, nc, "express.aws.dynamodb.getItem", func(m *nats.Msg) {
		m.RespondMsg(&nats.Msg{Header: nats.Header{micro.ErrorCodeHeader: {"DynamoDB.ResourceNotFoundException"}, micro.ErrorHeader: {"no table"}}})
	})
	for _, tt := range []struct{ resource, args, cause, name string }{
		{"events:putEvents", `{}`, refused, "EventBridge.FailedEntry"},
		{"apigateway:invoke", `{"StatusCode": 403, "ResponseBody": {"message": "Forbidden"}}`, `{"message":"Forbidden"}`, "ApiGateway.403"},
		{"apigateway:invoke", `{"StatusCode": 500, "ResponseBody": "text"}`, `text`, "ApiGateway.500"},
		{"apigateway:invoke", `{"StatusCode": 300}`, ``, "ApiGateway.300"},
		{"apigateway:invoke", `{"StatusCode": 199}`, ``, "ApiGateway.199"},
		{"dynamodb:getItem", `{}`, "no table", "DynamoDB.ResourceNotFoundException"},
	} {
		v, err := invoke(t, nc, "arn:aws:states:::"+tt.resource, tt.args)
		expect(t, v, err, tt.cause, tt.name)
	}
	for _, status := range []string{"200", "299"} {
		args := `{"StatusCode":` + status + `}`
		v, err := invoke(t, nc, "arn:aws:states:::apigateway:invoke", args)
		expect(t, v, err, args, "")
	}
}
