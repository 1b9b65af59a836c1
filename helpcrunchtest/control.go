package helpcrunchtest

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
)

// WithControl serves, over the network, the paths below /_fake/ and a page at / that shows the
// account, the latest requests and the latest webhooks. Tests in other languages control the
// server by them, without a key:
//
//	POST   /_fake/reset     the state after the start: [Server.Reset]
//	POST   /_fake/seed      adds rows: {"customers":[...],"chats":[...],"messages":[...],
//	                        "agents":[...],"departments":[...],"applications":[...]}, in the
//	                        form in which the API returns them; responds with their ids
//	POST   /_fake/faults    injects a fault in the words of [ParseFault]: {"fault":"..."}
//	GET    /_fake/faults    the faults and how often each fired
//	DELETE /_fake/faults    removes all faults
//	GET    /_fake/requests  the requests received, oldest first; ?operation= and ?last= select
//	DELETE /_fake/requests  forgets them: [Server.ForgetRequests]
//	GET    /_fake/webhooks  the attempts to deliver webhooks, oldest first; ?last= selects
//	GET    /_fake/clock     what the clock shows: {"now":"2026-03-06T09:00:00Z"}
//	PUT    /_fake/clock     sets it by {"now":"..."} or moves it by {"move":"1h30m"}
//	GET    /_fake/account   the number of rows, and the latest of them
//	POST   /_fake/end       calls end
//
// end may be nil. Errors are {"error":"..."} with a status of 400 or above. Requests of other
// web sites are rejected.
func WithControl(end func()) Option {
	return func(s *settings) { s.control, s.end = true, end }
}

//go:embed page.html
var pageHTML []byte

// maxControlBody bounds the body of a control request, in bytes.
const maxControlBody = 64 << 20

// handler serves what the server is reached by over the network.
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
		"POST /_fake/seed":       s.controlSeed,
		"POST /_fake/faults":     s.controlInject,
		"GET /_fake/faults":      func(*http.Request) (any, error) { return s.shownFaults(), nil },
		"DELETE /_fake/faults":   func(*http.Request) (any, error) { s.ClearFaults(); return nil, nil },
		"GET /_fake/requests":    s.shownRequests,
		"DELETE /_fake/requests": func(*http.Request) (any, error) { s.ForgetRequests(); return nil, nil },
		"GET /_fake/webhooks":    s.shownWebhooks,
		"GET /_fake/clock":       func(*http.Request) (any, error) { return shownClock{Now: s.Now()}, nil },
		"PUT /_fake/clock":       s.controlClock,
		"GET /_fake/account":     func(*http.Request) (any, error) { return s.shownAccount(), nil },
		"POST /_fake/end":        s.controlEnd,
		"/_fake/":                func(*http.Request) (any, error) { return nil, errNoControl },
	} {
		mux.Handle(pattern, controlHandler(control))
	}
	return http.NewCrossOriginProtection().Handler(mux)
}

var (
	errNoControl = errors.New("no such control path or method")
	errNoEnd     = errors.New("this server does not end by itself")
)

// controlHandler responds with what a function returns, as JSON.
func controlHandler(control func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil {
			r.Body = http.MaxBytesReader(w, r.Body, maxControlBody)
		}
		shown, err := control(r)
		status := http.StatusOK
		switch {
		case errors.Is(err, errNoControl):
			status = http.StatusNotFound
		case err != nil:
			status = http.StatusBadRequest
		case shown == nil:
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if err != nil {
			shown = map[string]string{"error": err.Error()}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(shown)
	}
}

// readControl reads the body of a control request.
func readControl(r *http.Request, into any) error {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("the body is not valid: %w", err)
	}
	return nil
}

func (s *Server) controlSeed(r *http.Request) (any, error) {
	var rows struct {
		Agents       []helpcrunch.Agent
		Departments  []helpcrunch.Department
		Applications []helpcrunch.Application
		Customers    []helpcrunch.Customer
		Chats        []helpcrunch.Chat
		Messages     []helpcrunch.Message
	}
	if err := readControl(r, &rows); err != nil {
		return nil, err
	}
	return map[string][]int64{
		"agents":       added(rows.Agents, func(row helpcrunch.Agent) int64 { return s.AddAgent(row).ID }),
		"departments":  added(rows.Departments, func(row helpcrunch.Department) int64 { return s.AddDepartment(row).ID }),
		"applications": added(rows.Applications, func(row helpcrunch.Application) int64 { return s.AddApplication(row).ID }),
		"customers":    added(rows.Customers, func(row helpcrunch.Customer) int64 { return s.AddCustomer(row).ID }),
		"chats":        added(rows.Chats, func(row helpcrunch.Chat) int64 { return s.AddChat(row).ID }),
		"messages":     added(rows.Messages, func(row helpcrunch.Message) int64 { return s.AddMessage(row).ID }),
	}, nil
}

func added[Row any](rows []Row, add func(Row) int64) []int64 {
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = add(row)
	}
	return ids
}

func (s *Server) controlInject(r *http.Request) (any, error) {
	var body struct{ Fault string }
	if err := readControl(r, &body); err != nil {
		return nil, err
	}
	fault, err := ParseFault(body.Fault)
	if err != nil {
		return nil, err
	}
	s.Inject(fault)
	return nil, nil
}

type shownFault struct {
	Fault string `json:"fault"`
	Fired int    `json:"fired"`
}

func (s *Server) shownFaults() []shownFault {
	s.mu.Lock()
	defer s.mu.Unlock()
	shown := make([]shownFault, 0)
	for _, active := range s.core.Faults {
		shown = append(shown, shownFault{active.String(), active.Fired})
	}
	return shown
}

type shownClock struct {
	Now time.Time `json:"now"`
}

func (s *Server) controlClock(r *http.Request) (any, error) {
	var body struct {
		Now  time.Time
		Move string
	}
	if err := readControl(r, &body); err != nil {
		return nil, err
	}
	move := body.Now.Sub(s.Now())
	if body.Move != "" {
		var err error
		if move, err = time.ParseDuration(body.Move); err != nil {
			return nil, err
		}
	} else if body.Now.IsZero() {
		return nil, errors.New(`the body must have "now" or "move"`)
	}
	s.MoveClock(move)
	return shownClock{s.Now()}, nil
}

func (s *Server) controlEnd(*http.Request) (any, error) {
	if s.settings.end == nil {
		return nil, errNoEnd
	}
	time.AfterFunc(10*time.Millisecond, s.settings.end) // once the response is out
	return nil, nil
}

// latest returns the last rows, as many as ?last= says.
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

type shownRequest struct {
	Time      time.Time   `json:"time"`
	Operation Operation   `json:"operation"`
	Method    string      `json:"method"`
	Path      string      `json:"path"`
	Query     string      `json:"query"`
	Header    http.Header `json:"headers"`
	Body      string      `json:"body"`
	Status    int         `json:"status"`
	Applied   bool        `json:"applied"`
	Fault     string      `json:"fault"`
}

func (s *Server) shownRequests(r *http.Request) (any, error) {
	requests := s.Requests()
	if operation := r.URL.Query().Get("operation"); operation != "" {
		requests = s.RequestsFor(Operation(operation))
	}
	requests, err := latest(r, requests)
	shown := make([]shownRequest, len(requests))
	for i, request := range requests {
		shown[i] = shownRequest{
			request.Time, request.Operation, request.Method, request.Path, request.RawQuery, request.Header,
			strings.ToValidUTF8(string(request.Body), "\uFFFD"), request.Status, request.Applied, request.Fault,
		}
	}
	return shown, err
}

type shownWebhook struct {
	Time     time.Time `json:"time"`
	Event    string    `json:"event"`
	ID       string    `json:"id"`
	Attempts int       `json:"attempts"`
	URL      string    `json:"url"`
	Body     string    `json:"body"`
	Status   int       `json:"status"`
	Error    string    `json:"error"`
}

func (s *Server) shownWebhooks(r *http.Request) (any, error) {
	deliveries, err := latest(r, s.Deliveries())
	shown := make([]shownWebhook, len(deliveries))
	for i, d := range deliveries {
		shown[i] = shownWebhook{Time: d.Time, Event: string(d.Event), ID: d.ID, Attempts: d.Attempts, URL: d.URL, Body: string(d.Body), Status: d.Status}
		if d.Err != nil {
			shown[i].Error = d.Err.Error()
		}
	}
	return shown, err
}

type shownAccount struct {
	Now       time.Time       `json:"now"`
	Customers int             `json:"customers"`
	Chats     int             `json:"chats"`
	Rows      []shownCustomer `json:"latestCustomers"`
	Open      []shownChat     `json:"latestChats"`
}

type shownCustomer struct {
	ID     int64  `json:"id"`
	Name   string `json:"name"`
	Email  string `json:"email"`
	UserID string `json:"userId"`
}

type shownChat struct {
	ID       int64  `json:"id"`
	Customer string `json:"customer"`
	Status   string `json:"status"`
	Assignee string `json:"assignee"`
	Text     string `json:"lastMessageText"`
}

// shownRows is how many rows of each kind the page shows.
const shownRows = 50

func (s *Server) shownAccount() shownAccount {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	s.hub.CatchUp(now)
	customers, chats := s.store.Customers.Rows, s.store.Chats.Rows
	shown := shownAccount{Now: now, Customers: len(customers), Chats: len(chats)}
	shown.Rows = views(customers[max(0, len(customers)-shownRows):], func(row *account.Customer) shownCustomer {
		c := s.viewCustomer(row)
		return shownCustomer{c.ID, c.Name, c.Email, c.UserID}
	})
	shown.Open = views(chats[max(0, len(chats)-shownRows):], func(row *account.Chat) shownChat {
		c := s.viewChat(row)
		chat := shownChat{ID: c.ID, Customer: c.Customer.Name, Status: string(c.Status), Text: c.LastMessageText}
		if c.Assignee != nil {
			chat.Assignee = c.Assignee.Name
		}
		return chat
	})
	return shown
}
