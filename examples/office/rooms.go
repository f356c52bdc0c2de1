package main

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
)

// rooms is what the enrichment service knows: where each device hangs.
var rooms = map[string]room{
	"office-1": {"Maple", 3},
	"office-2": {"Birch", 3},
	"office-3": {"Alder", 4},
}

type room struct {
	Name  string `json:"name"`
	Floor int    `json:"floor"`
}

// enrichRequest is the part of a reading that the workflow sends.
type enrichRequest struct {
	Device      string  `json:"device"`
	Temperature float64 `json:"temperature"`
	Humidity    float64 `json:"humidity"`
}

type enrichReply struct {
	room
	DewPoint float64 `json:"dew_point"`
	Comfort  string  `json:"comfort"`
}

// serveRooms answers office.enrich as a NATS micro service: an ordinary one,
// which knows nothing of workflows. Its errors are the task's errors.
func serveRooms(nc *nats.Conn) (micro.Service, error) {
	s, err := micro.AddService(nc, micro.Config{
		Name:        "office-rooms",
		Version:     "1.0.0",
		Description: "tells where a device hangs and how its air feels",
	})
	if err != nil {
		return nil, fmt.Errorf("add service: %w", err)
	}
	err = s.AddEndpoint("enrich", micro.HandlerFunc(enrich), micro.WithEndpointSubject("office.enrich"))
	if err != nil {
		return nil, fmt.Errorf("add endpoint: %w", err)
	}
	return s, nil
}

func enrich(r micro.Request) {
	var q enrichRequest
	if err := json.Unmarshal(r.Data(), &q); err != nil {
		r.Error("400", "not a reading: "+err.Error(), nil)
		return
	}
	where, ok := rooms[q.Device]
	if !ok {
		r.Error("404", fmt.Sprintf("no room has a device %q", q.Device), nil)
		return
	}
	r.RespondJSON(enrichReply{where, round(dewPoint(q.Temperature, q.Humidity)), comfort(q.Temperature, q.Humidity)})
}

// dewPoint is Magnus's formula with the constants of Sonntag (1990), in degrees
// Celsius.
func dewPoint(temperature, humidity float64) float64 {
	const a, b = 17.62, 243.12
	g := math.Log(math.Max(humidity, 1)/100) + a*temperature/(b+temperature)
	return b * g / (a - g)
}

func comfort(temperature, humidity float64) string {
	switch {
	case temperature < 19:
		return "cold"
	case temperature > 25:
		return "warm"
	case humidity < 30:
		return "dry"
	case humidity > 60:
		return "damp"
	}
	return "good"
}
