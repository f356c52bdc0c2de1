package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"time"
)

// A reading is what the office's sensors send once a minute.
type reading struct {
	Device      string    `json:"device"`
	TS          time.Time `json:"ts"`
	Temperature float64   `json:"temperature"` // degrees Celsius
	Humidity    float64   `json:"humidity"`    // per cent
	Light       float64   `json:"light"`       // lux
	CO2         float64   `json:"co2"`         // ppm
	Occupied    bool      `json:"occupied"`    // the truth, which the workflow does not look at
}

// An office is a room whose air and light follow the people in it. The same
// seed gives the same days.
type office struct {
	rand *rand.Rand
	now  time.Time
	next reading
	sent int
}

// firstMinute is a Monday, before work.
var firstMinute = time.Date(2026, time.January, 5, 6, 0, 0, 0, time.UTC)

func newOffice(device string, seed uint64) *office {
	return &office{
		rand: rand.New(rand.NewPCG(seed, seed)),
		now:  firstMinute,
		next: reading{Device: device, Temperature: 20, Humidity: 27, CO2: 450},
	}
}

// Every so many readings the sensor is at fault, and the reading implausible or
// no JSON at all.
const (
	faultEvery   = 97
	garbledEvery = 499
)

// line is the next minute's reading as it is sent.
func (o *office) line() []byte {
	r := o.step()
	o.sent++
	switch {
	case o.sent%garbledEvery == 0:
		return fmt.Appendf(nil, `{"device":%q,"ts":%q,"temperature":`, r.Device, r.TS.Format(time.RFC3339))
	case o.sent%faultEvery == 0:
		r.Humidity, r.CO2 = -1, 0
	}
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // no field of a reading can fail
	}
	return b
}

// step lets a minute pass: people come and go, breathe, and switch on lights.
func (o *office) step() reading {
	r := &o.next
	r.TS = o.now
	hour := float64(o.now.Hour()) + float64(o.now.Minute())/60
	work := o.now.Weekday() != time.Saturday && o.now.Weekday() != time.Sunday && hour >= 8 && hour < 18
	atLunch := hour >= 12 && hour < 13
	r.Occupied = work && !atLunch
	people := 0.0
	daylight := 250 * math.Max(0, math.Sin((hour-7)/11*math.Pi))
	r.Light = daylight + o.noise(8)
	if r.Occupied {
		people = 5
		r.Light += 420
	}
	r.CO2 += 4.5*people - (r.CO2-420)*0.012 + o.noise(4)
	r.Temperature += (20+0.8*people-r.Temperature)*0.01 + o.noise(0.02)
	r.Humidity += (26+1.2*people-r.Humidity)*0.01 + o.noise(0.05)
	o.now = o.now.Add(time.Minute)

	sent := *r
	sent.Light = math.Max(0, round(r.Light))
	sent.CO2, sent.Temperature, sent.Humidity = round(r.CO2), round(r.Temperature), round(r.Humidity)
	return sent
}

func (o *office) noise(width float64) float64 { return width * o.rand.NormFloat64() }

func round(f float64) float64 { return math.Round(f*100) / 100 }

// writeReadings writes n lines, one a reading.
func writeReadings(w io.Writer, o *office, n int) error {
	for range n {
		if _, err := w.Write(append(o.line(), '\n')); err != nil {
			return err
		}
	}
	return nil
}
