"""What an application does with the API, by boto3, as far as it has the operations:
python3 scenario.py PORT KEY SECRET

Older releases cannot leave out the prefix sync- of the host: the name
sync-localhost has to lead to this machine.
"""

import datetime
import json
import sys

import boto3
from botocore.exceptions import ClientError

port, key, secret = sys.argv[1:]


def client(secret):
    return boto3.client(
        "stepfunctions",
        region_name="us-east-1",
        endpoint_url=f"http://localhost:{port}",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
    )


c = client(secret)


def refused(code, op, **request):
    try:
        op(**request)
    except ClientError as e:
        assert e.response["Error"]["Code"] == code, e
        assert e.response["Error"]["Message"], e
        return e
    raise AssertionError(f"{op} was not refused")


def says(text):
    return json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {"says": text}, "End": True}}})


role = "arn:aws:iam::111111111111:role/any"
definitions = {
    "says": says("one"),
    "fails": '{"StartAt":"A","States":{"A":{"Type":"Fail","Error":"Refused","Cause":"no"}}}',
    "slow": '{"StartAt":"A","TimeoutSeconds":1,"States":{"A":{"Type":"Wait","Seconds":60,"End":true}}}',
}
arns = {}
for name, definition in definitions.items():
    if hasattr(c, "validate_state_machine_definition"):
        assert c.validate_state_machine_definition(definition=definition, type="EXPRESS")["result"] == "OK"
    made = c.create_state_machine(
        name=name, definition=definition, roleArn=role, type="EXPRESS", tags=[{"key": "team", "value": "a"}]
    )
    assert isinstance(made["creationDate"], datetime.datetime), made
    arns[name] = made["stateMachineArn"]

started = c.start_execution(stateMachineArn=arns["says"], name="n", input="{}")
assert ":express:says:n:" in started["executionArn"], started
for name, want in {
    "says": ("SUCCEEDED", '{"says":"one"}', None, None),
    "fails": ("FAILED", None, "Refused", "no"),
    "slow": ("TIMED_OUT", None, "States.Timeout", None),
}.items():
    out = c.start_sync_execution(stateMachineArn=arns[name], input="[1]")
    assert tuple(out.get(k) for k in ("status", "output", "error", "cause")) == want, out
    assert out["input"] == "[1]" and out["stopDate"] >= out["startDate"], out

c.update_state_machine(stateMachineArn=arns["says"], definition=says("two"))
assert c.start_sync_execution(stateMachineArn=arns["says"])["output"] == '{"says":"two"}'
if hasattr(c, "publish_state_machine_version"):
    version = c.publish_state_machine_version(stateMachineArn=arns["says"])["stateMachineVersionArn"]
    alias = c.create_state_machine_alias(
        name="live", routingConfiguration=[{"stateMachineVersionArn": version, "weight": 100}]
    )["stateMachineAliasArn"]
    assert c.start_sync_execution(stateMachineArn=alias)["output"] == '{"says":"two"}'
    refused("ConflictException", c.delete_state_machine_version, stateMachineVersionArn=version)
    c.delete_state_machine_alias(stateMachineAliasArn=alias)
    c.delete_state_machine_version(stateMachineVersionArn=version)
    assert c.list_state_machine_versions(stateMachineArn=arns["says"])["stateMachineVersions"] == []

assert c.describe_state_machine(stateMachineArn=arns["says"])["definition"] == says("two")
pages = c.get_paginator("list_state_machines").paginate(PaginationConfig={"PageSize": 2})
assert [[m["name"] for m in p["stateMachines"]] for p in pages] == [["fails", "says"], ["slow"]]
c.tag_resource(resourceArn=arns["says"], tags=[{"key": "stage", "value": "test"}])
c.untag_resource(resourceArn=arns["says"], tagKeys=["team"])
assert c.list_tags_for_resource(resourceArn=arns["says"])["tags"] == [{"key": "stage", "value": "test"}]
if hasattr(c, "test_state"):
    tested = c.test_state(definition='{"Type":"Pass","Result":1,"End":true}', roleArn=role)
    assert (tested["status"], tested["output"]) == ("SUCCEEDED", "1"), tested

e = refused("StateMachineDoesNotExist", c.describe_state_machine, stateMachineArn=arns["says"] + "x")
assert isinstance(e, c.exceptions.StateMachineDoesNotExist), e
refused("StateMachineAlreadyExists", c.create_state_machine, name="says", definition=says("x"), roleArn=role)
refused("InvalidDefinition", c.create_state_machine, name="x", definition="{}", roleArn=role)
refused("InvalidExecutionInput", c.start_execution, stateMachineArn=arns["says"], input="no")
refused("StateMachineTypeNotSupported", c.list_executions, stateMachineArn=arns["says"])
refused("InvalidToken", c.send_task_success, taskToken="x", output="{}")
refused("ValidationException", c.list_state_machines, maxResults=1001)
if secret != "none":
    refused("InvalidSignatureException", client("not the secret of this key").list_state_machines)

for arn in arns.values():
    c.delete_state_machine(stateMachineArn=arn)
assert c.list_state_machines()["stateMachines"] == []
print("done")
