package helpcrunchtest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ParseFault parses the text form of a fault, such as
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
	var fault Fault
	if name := p.next("what goes wrong"); faultKinds[name] != nil {
		fault = faultKinds[name](&p)
	} else {
		p.fail("%q is not a fault", name)
	}
	for p.err == nil && len(p.words) > 0 {
		if name := p.next(""); faultModifiers[name] != nil {
			fault = faultModifiers[name](&p, fault)
		} else {
			p.fail("%q is not an option of a fault", name)
		}
	}
	if p.err == nil && p.probability > 0 {
		fault = fault.WithProbability(p.probability, p.seed)
	}
	if p.err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", text, p.err)
	}
	return fault, nil
}

// faultParser consumes words and keeps the first error.
type faultParser struct {
	words       []string
	probability float64
	seed        uint64
	err         error
}

// next returns the next word. what names it in the error when it is missing.
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

// withoutArguments returns a parser of a fault that takes no arguments.
func withoutArguments(fault func() Fault) func(*faultParser) Fault {
	return func(*faultParser) Fault { return fault() }
}

// faultKinds maps the first word to the parser of its arguments.
var faultKinds = map[string]func(*faultParser) Fault{
	"status":       func(p *faultParser) Fault { return Status(p.status()) },
	"proxy-error":  func(p *faultParser) Fault { return ProxyError(p.status()) },
	"redirect":     func(p *faultParser) Fault { return Redirect(p.next("a URL")) },
	"refuse":       withoutArguments(RefuseConnection),
	"reset":        withoutArguments(ResetConnection),
	"slow-headers": func(p *faultParser) Fault { return SlowHeaders(p.duration()) },
	"slow-body":    func(p *faultParser) Fault { return SlowBody(p.duration()) },
	"cut-body":     withoutArguments(CutBody),
	"endless-body": withoutArguments(EndlessBody),
	"wrong-json":   withoutArguments(WrongJSON),
	"stuck-page":   withoutArguments(StuckPage),
	"long-page":    withoutArguments(LongPage),
}

// faultModifiers maps an option to the parser of its argument.
var faultModifiers = map[string]func(*faultParser, Fault) Fault{
	"on":               func(p *faultParser, f Fault) Fault { return f.On(p.operations()...) },
	"times":            func(p *faultParser, f Fault) Fault { return f.Times(p.number(1)) },
	"once":             func(_ *faultParser, f Fault) Fault { return f.Once() },
	"after":            func(p *faultParser, f Fault) Fault { return f.After(p.number(0)) },
	"after-effect":     func(_ *faultParser, f Fault) Fault { return f.AfterEffect() },
	"retry-after":      func(p *faultParser, f Fault) Fault { return f.RetryAfter(p.duration()) },
	"with-probability": func(p *faultParser, f Fault) Fault { p.probability = p.probabilityValue(); return f },
	"seed":             func(p *faultParser, f Fault) Fault { p.seed = uint64(p.number(0)); return f },
}

// parseWord parses the next word. Errors say that what is missing, or that the word is not wanted.
func parseWord[T any](p *faultParser, what, wanted string, read func(string) (T, error), valid func(T) bool) (value T) {
	word := p.next(what)
	value, err := read(word)
	if err != nil || !valid(value) {
		p.fail("%q is not %s", word, wanted)
	}
	return value
}

func (p *faultParser) status() int {
	code := parseWord(p, "a status", "a status from 200 to 599", strconv.Atoi, isStatus)
	if p.err != nil {
		return http.StatusOK // valid, so that Status does not panic; the error discards the fault
	}
	return code
}

func (p *faultParser) duration() time.Duration {
	return parseWord(p, "a duration", "a duration such as 5s", time.ParseDuration, func(d time.Duration) bool { return d >= 0 })
}

func (p *faultParser) number(minimum int) int {
	wanted := fmt.Sprintf("a number of %d or more", minimum)
	return parseWord(p, "a number", wanted, strconv.Atoi, func(n int) bool { return n >= minimum })
}

func (p *faultParser) probabilityValue() float64 {
	read := func(word string) (float64, error) { return strconv.ParseFloat(word, 64) }
	return parseWord(p, "a probability", "a probability above 0 and up to 1", read, func(c float64) bool { return c > 0 && c <= 1 })
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
