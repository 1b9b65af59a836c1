package helpcrunchtest

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/serve"
)

// WithControl serves a page at / that shows the account and the latest requests and webhooks. The
// paths below /_fake/ control the server, for tests in other languages. All of them work over the
// network alone, and need no key:
//
//	POST   /_fake/reset     restores the seeded state: [Server.Reset]
//	POST   /_fake/seed      adds rows in the form of the API's responses, and returns their ids:
//	                        {"customers":[...],"chats":[...],"messages":[...],"agents":[...],
//	                        "departments":[...],"applications":[...]}
//	POST   /_fake/faults    injects a fault in the syntax of [ParseFault]: {"fault":"..."}
//	GET    /_fake/faults    returns the faults and how often each fired
//	DELETE /_fake/faults    removes all faults
//	GET    /_fake/requests  returns the requests, oldest first; ?operation= and ?last= select
//	DELETE /_fake/requests  clears them: [Server.ForgetRequests]
//	GET    /_fake/webhooks  returns the attempts to deliver webhooks; ?last= selects
//	GET    /_fake/clock     returns the time: {"now":"2026-03-06T09:00:00Z"}
//	PUT    /_fake/clock     sets it by {"now":"..."} or moves it by {"move":"1h30m"}
//	GET    /_fake/account   returns the number of rows, and the latest ones
//	POST   /_fake/end       calls end
//
// end may be nil. Errors are {"error":"..."} with status 400 or 404. Requests from other web
// sites are rejected.
func WithControl(end func()) Option {
	return func(s *settings) { s.control, s.end = true, end }
}

//go:embed page.html
var pageHTML []byte

const maxControlBody = 64 << 20

// handler serves the API, and the control paths if they are on.
func (s *Server) handler() http.Handler {
	if !s.settings.control {
		return s.core
	}
	mux := http.NewServeMux()
	mux.Handle("/", s.core)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'")
		_, _ = w.Write(pageHTML)
	})
	for pattern, control := range map[string]func(r *http.Request) (any, error){
		"POST /_fake/reset":      func(*http.Request) (any, error) { s.Reset(); return nil, nil },
		"POST /_fake/seed":       withBody(s.controlSeed),
		"POST /_fake/faults":     withBody(s.controlInject),
		"GET /_fake/faults":      func(*http.Request) (any, error) { return s.controlFaults(), nil },
		"DELETE /_fake/faults":   func(*http.Request) (any, error) { s.ClearFaults(); return nil, nil },
		"GET /_fake/requests":    s.controlRequests,
		"DELETE /_fake/requests": func(*http.Request) (any, error) { s.ForgetRequests(); return nil, nil },
		"GET /_fake/webhooks":    s.controlWebhooks,
		"GET /_fake/clock":       func(*http.Request) (any, error) { return object{"now": s.Now()}, nil },
		"PUT /_fake/clock":       withBody(s.controlClock),
		"GET /_fake/account":     func(*http.Request) (any, error) { return s.controlAccount(), nil },
		"POST /_fake/end":        s.controlEnd,
		"/_fake/":                func(*http.Request) (any, error) { return nil, errNoControl },
	} {
		mux.Handle(pattern, controlHandler(control))
	}
	return http.NewCrossOriginProtection().Handler(mux)
}

var errNoControl = errors.New("no such control path or method")

func controlHandler(control func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil { // in a request that was not made by a server
			r.Body = http.NoBody
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxControlBody)
		result, err := control(r)
		status := http.StatusOK
		switch {
		case errors.Is(err, errNoControl):
			status = http.StatusNotFound
		case err != nil:
			status = http.StatusBadRequest
		case result == nil:
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if err != nil {
			result = object{"error": err.Error()}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(result)
	}
}

// withBody returns a control function that decodes the JSON body of its request.
func withBody[T any](control func(body T) (any, error)) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		var body T
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(data, &body); err != nil {
			return nil, fmt.Errorf("the body is not valid: %w", err)
		}
		return control(body)
	}
}

type seedBody struct {
	Agents       []helpcrunch.Agent
	Departments  []helpcrunch.Department
	Applications []helpcrunch.Application
	Customers    []helpcrunch.Customer
	Chats        []helpcrunch.Chat
	Messages     []helpcrunch.Message
}

func (s *Server) controlSeed(rows seedBody) (any, error) {
	return map[string][]int64{
		"agents":       convert(rows.Agents, func(row helpcrunch.Agent) int64 { return s.AddAgent(row).ID }),
		"departments":  convert(rows.Departments, func(row helpcrunch.Department) int64 { return s.AddDepartment(row).ID }),
		"applications": convert(rows.Applications, func(row helpcrunch.Application) int64 { return s.AddApplication(row).ID }),
		"customers":    convert(rows.Customers, func(row helpcrunch.Customer) int64 { return s.AddCustomer(row).ID }),
		"chats":        convert(rows.Chats, func(row helpcrunch.Chat) int64 { return s.AddChat(row).ID }),
		"messages":     convert(rows.Messages, func(row helpcrunch.Message) int64 { return s.AddMessage(row).ID }),
	}, nil
}

func (s *Server) controlInject(body struct{ Fault string }) (any, error) {
	fault, err := ParseFault(body.Fault)
	if err != nil {
		return nil, err
	}
	s.Inject(fault)
	return nil, nil
}

// object is a JSON object.
type object = map[string]any

func (s *Server) controlFaults() []object {
	defer s.lock()()
	return convert(s.core.Faults, func(active *serve.Injection) object {
		return object{"fault": active.String(), "fired": active.Fired}
	})
}

type clockBody struct {
	Now  time.Time
	Move string
}

func (s *Server) controlClock(body clockBody) (any, error) {
	if body.Now.IsZero() == (body.Move == "") {
		return nil, errors.New(`the body must have either "now" or "move"`)
	}
	move := body.Now.Sub(s.Now())
	if body.Move != "" {
		var err error
		if move, err = time.ParseDuration(body.Move); err != nil {
			return nil, err
		}
	}
	s.MoveClock(move)
	return object{"now": s.Now()}, nil
}

func (s *Server) controlEnd(*http.Request) (any, error) {
	if s.settings.end == nil {
		return nil, errors.New("this server does not end by itself")
	}
	time.AfterFunc(10*time.Millisecond, s.settings.end) // after the response has been sent
	return nil, nil
}

// latest returns the last rows, up to the number in ?last=.
func latest[Row any](r *http.Request, rows []Row) ([]Row, error) {
	text := r.URL.Query().Get("last")
	if text == "" {
		return rows, nil
	}
	last, err := strconv.Atoi(text)
	if err != nil || last < 0 {
		return nil, fmt.Errorf("last must be a number of 0 or more, got %q", text)
	}
	return rows[max(0, len(rows)-last):], nil
}

func (s *Server) controlRequests(r *http.Request) (any, error) {
	requests := s.Requests()
	if operation := r.URL.Query().Get("operation"); operation != "" {
		requests = s.RequestsFor(Operation(operation))
	}
	requests, err := latest(r, requests)
	return convert(requests, func(r Request) object {
		return object{
			"time": r.Time, "operation": r.Operation, "method": r.Method, "path": r.Path, "query": r.RawQuery, "headers": r.Header,
			"body": string(r.Body), "status": r.Status, "applied": r.Applied, "fault": r.Fault,
		}
	}), err
}

func (s *Server) controlWebhooks(r *http.Request) (any, error) {
	deliveries, err := latest(r, s.Deliveries())
	return convert(deliveries, func(d Delivery) object {
		row := object{
			"time": d.Time, "event": d.Event, "id": d.ID, "attempts": d.Attempts, "url": d.URL, "body": string(d.Body), "status": d.Status,
			"error": "",
		}
		if d.Err != nil {
			row["error"] = d.Err.Error()
		}
		return row
	}), err
}

// maxAccountRows bounds the latest rows in a response, of each kind.
const maxAccountRows = 50

func (s *Server) controlAccount() object {
	defer s.lock()()
	now := s.clock()
	s.hub.RunDue(now)
	customers, chats := s.store.Customers.Rows, s.store.Chats.Rows
	return object{
		"now": now, "customers": len(customers), "chats": len(chats),
		"latestCustomers": convert(customers[max(0, len(customers)-maxAccountRows):], s.viewCustomer),
		"latestChats":     convert(chats[max(0, len(chats)-maxAccountRows):], s.viewChat),
	}
}
