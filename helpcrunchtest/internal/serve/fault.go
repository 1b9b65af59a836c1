package serve

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/api"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/wire"
)

// Fault makes requests fail.
type Fault struct {
	Kind        faultKind
	Name        string
	Status      int
	Body        string // sent with OwnBody
	Header      http.Header
	OwnBody     bool // Body replaces the body of the service
	Duration    time.Duration
	Operations  []api.Operation
	AfterEffect bool
	Skip, Times int
	Probability float64 // 0 for always
	Seed        uint64
}

type faultKind uint8

// The kinds of faults.
const (
	ResponseFault faultKind = iota
	RefuseFault
	ResetFault
	SlowHeadersFault
	SlowBodyFault
	CutFault
	EndlessFault
	WrongJSONFault
	StuckPageFault
	LongPageFault
)

// String describes the fault.
func (f *Fault) String() string {
	if f.AfterEffect {
		return f.Name + " after effect"
	}
	return f.Name
}

// replacesResponse reports whether the fault replaces the service's response.
func (f *Fault) replacesResponse() bool {
	return f.Kind == ResponseFault || f.Kind == ResetFault
}

func (f *Fault) limited() bool {
	return len(f.Operations) > 0 || f.Times > 0 || f.Skip > 0 || f.Probability > 0
}

// Injection is an injected fault and its counts.
type Injection struct {
	Fault

	random      *rand.Rand
	seen, Fired int
}

// Inject injects a fault.
func (s *Core) Inject(f Fault) *Injection {
	injected := &Injection{Fault: f, random: rand.New(rand.NewPCG(f.Seed, 0x48656c7043727563))}
	s.Faults = append(s.Faults, injected)
	return injected
}

// Remove removes a fault.
func (s *Core) Remove(injected *Injection) {
	s.Faults = slices.DeleteFunc(s.Faults, func(other *Injection) bool { return other == injected })
}

// RefusesAll reports whether a fault refuses every connection.
func (s *Core) RefusesAll() bool {
	return slices.ContainsFunc(s.Faults, func(i *Injection) bool {
		return i.Kind == RefuseFault && !i.limited()
	})
}

func (s *Core) pickFault(operation api.Operation) *Fault {
	for _, injected := range s.Faults {
		if injected.fires(operation) {
			return &injected.Fault
		}
	}
	return nil
}

// fires reports whether a fault fires on a request, and counts it.
func (i *Injection) fires(operation api.Operation) bool {
	if len(i.Operations) > 0 && !slices.Contains(i.Operations, operation) {
		return false
	}
	if i.Times > 0 && i.Fired >= i.Times {
		return false
	}
	i.seen++
	if i.seen <= i.Skip {
		return false
	}
	if i.Probability > 0 && i.random.Float64() >= i.Probability {
		return false
	}
	i.Fired++
	return true
}

// reply returns the reply of a fault that replaces the service's response.
func (f *Fault) reply(dialect *wire.Dialect) reply {
	if f.Kind == ResetFault {
		return reply{broken: resetConnection}
	}
	r := reply{Response: api.Response{Status: f.Status, Body: []byte(f.Body)}, header: f.Header}
	if !f.OwnBody {
		r.Body = wire.StatusBody(dialect, f.Status)
	}
	if f.Status == http.StatusNoContent || f.Status == http.StatusNotModified {
		r.Body = nil // HTTP allows no body
	}
	return r
}

// modify applies the fault to the service's reply.
func (f *Fault) modify(r *reply) {
	switch f.Kind {
	case SlowHeadersFault:
		r.delay = f.Duration
	case SlowBodyFault:
		r.bodyTime = f.Duration
	case CutFault:
		r.truncated = true
	case EndlessFault:
		r.endless = true
		r.Body = []byte(`{"data":[`)
	case WrongJSONFault:
		r.Body = []byte(`{"id": 1, "name": 'again', }`)
	}
	for name, values := range f.Header {
		if r.header == nil {
			r.header = http.Header{}
		}
		r.header[name] = values
	}
}
