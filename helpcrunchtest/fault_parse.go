package helpcrunchtest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ParseFault reads a fault from words, such as
//
//	status 503 on customers.create times 2
//	reset after-effect on messages.create once
//	slow-headers 5s with-probability 0.1
//
// It begins with one of: status CODE, proxy-error CODE, redirect URL, refuse, reset,
// slow-headers DURATION, slow-body DURATION, cut-body, endless-body, wrong-json,
// stuck-page, long-page. Then come, in any order: on OPERATION[,OPERATION...], times N,
// once, after N, with-probability P, seed N, after-effect, retry-after DURATION.
func ParseFault(text string) (Fault, error) {
	p := faultParser{words: strings.Fields(text)}
	fault := p.kind()
	for p.err == nil && len(p.words) > 0 {
		fault = p.more(fault)
	}
	if p.err == nil && p.probability > 0 {
		fault = fault.WithProbability(p.probability, p.seed)
	}
	if p.err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", text, p.err)
	}
	return fault, nil
}

// faultParser takes words one by one and remembers the first mistake.
type faultParser struct {
	words       []string
	probability float64
	seed        uint64
	err         error
}

// next takes a word; what says what it should be.
func (p *faultParser) next(what string) string {
	if len(p.words) == 0 {
		p.fail("%s is missing", what)
		return ""
	}
	word := p.words[0]
	p.words = p.words[1:]
	return word
}

func (p *faultParser) fail(format string, values ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, values...)
	}
}

// simpleFaults need no further word.
var simpleFaults = map[string]func() Fault{
	"refuse": RefuseConnection, "reset": ResetConnection, "cut-body": CutBody, "endless-body": EndlessBody,
	"wrong-json": WrongJSON, "stuck-page": StuckPage, "long-page": LongPage,
}

func (p *faultParser) kind() Fault {
	name := p.next("what goes wrong")
	if simple, ok := simpleFaults[name]; ok {
		return simple()
	}
	switch name {
	case "":
	case "status":
		return Status(p.status())
	case "proxy-error":
		return ProxyError(p.status())
	case "redirect":
		return Redirect(p.next("a URL"))
	case "slow-headers":
		return SlowHeaders(p.duration())
	case "slow-body":
		return SlowBody(p.duration())
	default:
		p.fail("%q is not a fault", name)
	}
	return Fault{}
}

func (p *faultParser) more(fault Fault) Fault {
	switch name := p.next(""); name {
	case "on":
		return fault.On(p.operations()...)
	case "times":
		return fault.Times(p.number(1))
	case "once":
		return fault.Once()
	case "after":
		return fault.After(p.number(0))
	case "after-effect":
		return fault.AfterEffect()
	case "retry-after":
		return fault.RetryAfter(p.duration())
	case "with-probability":
		p.probability = p.chance()
	case "seed":
		p.seed = uint64(p.number(0))
	default:
		p.fail("%q says nothing about a fault", name)
	}
	return fault
}

// take reads a word as a value. is says what it must be.
func take[T any](p *faultParser, what, is string, read func(string) (T, error), valid func(T) bool) (value T) {
	word := p.next(what)
	value, err := read(word)
	if err != nil || !valid(value) {
		p.fail("%q is not %s", word, is)
	}
	return value
}

func (p *faultParser) status() int {
	code := take(p, "a status", "a status from 200 to 599", strconv.Atoi, isStatus)
	if p.err != nil {
		return http.StatusOK // of a fault that is not used
	}
	return code
}

func (p *faultParser) duration() time.Duration {
	return take(p, "a duration", "a duration such as 5s", time.ParseDuration, func(d time.Duration) bool { return d >= 0 })
}

func (p *faultParser) number(least int) int {
	is := fmt.Sprintf("a number of %d or more", least)
	return take(p, "a number", is, strconv.Atoi, func(n int) bool { return n >= least })
}

func (p *faultParser) chance() float64 {
	read := func(word string) (float64, error) { return strconv.ParseFloat(word, 64) }
	return take(p, "a probability", "a probability above 0 and up to 1", read, func(c float64) bool { return c > 0 && c <= 1 })
}

func (p *faultParser) operations() []Operation {
	var found []Operation
	for name := range strings.SplitSeq(p.next("an operation"), ",") {
		if !slices.Contains(Operations(), Operation(name)) {
			p.fail("%q is not an operation", name)
		}
		found = append(found, Operation(name))
	}
	return found
}
