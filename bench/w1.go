package bench

// event is what every workload is fed with: a reading with ten items, 332 bytes.
const event = `{"id":"e-000000000001","type":"sensor.reading","device":{"id":"dev-4711","site":"plant-3","fw":"2.4.1"},"ts":1763700000123,` +
	`"temp":21.75,"hum":48.2,"status":"OK","items":[{"k":"a","v":1},{"k":"b","v":2},{"k":"c","v":3},{"k":"d","v":4},{"k":"e","v":5},` +
	`{"k":"f","v":6},{"k":"g","v":7},{"k":"h","v":8},{"k":"i","v":9},{"k":"j","v":10}]}`

// w1 is four states that call nothing: what remains is the engine's own work.
const w1 = `{
  "StartAt": "Shape",
  "States": {
    "Shape": {
      "Type": "Pass",
      "Parameters": {"id.$": "$.id", "site.$": "$.device.site", "temp.$": "$.temp"},
      "Next": "Warm"
    },
    "Warm": {
      "Type": "Choice",
      "Choices": [{"Variable": "$.temp", "NumericGreaterThan": 20, "Next": "Alarm"}],
      "Default": "Done"
    },
    "Alarm": {"Type": "Pass", "Result": true, "ResultPath": "$.alarm", "Next": "Done"},
    "Done": {"Type": "Succeed"}
  }
}`

// result is what the engine publishes for one event: the bare loop publishes as
// many bytes.
const result = `{"name":"e-abcdefghijklmnopqrstuvwxyz","status":"SUCCEEDED","output":{"id":"e-000000000001","site":"plant-3","temp":21.75,"alarm":true}}`
