package report

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func pageOf(t *testing.T, f *figures) string {
	t.Helper()
	var page strings.Builder
	require.NoError(t, writePage(&page, f))
	return page.String()
}

func TestPageEscapesWhatTheAccountHolds(t *testing.T) {
	const hostile = `<script>alert("&'x")</script>`
	tally := newTally(lastDays(1), nil)
	tally.add(chatAt(at(0, 9, 0), in(1, hostile)), responded(1, hostile, time.Minute, time.Hour))
	page := pageOf(t, ofAccount(tally.figures(), hostile))
	assert.NotContains(t, page, "<script")
	assert.Equal(t, 1, strings.Count(page, `<p class="account">&lt;script&gt;`))
	assert.NotContains(t, page, "ZgotmplZ", "what html/template puts in place of what it can't escape")
}

func TestPageNamesNoHost(t *testing.T) {
	page := pageOf(t, demoFigures(t, lastDays(7)))
	assert.NotRegexp(t, `(?i)://|url\(|@import|src=|href=`, page)
	assert.Contains(t, page, "default-src &#39;none&#39;")
}

func TestPageSaysWhatIsMissing(t *testing.T) {
	page := pageOf(t, newTally(lastDays(7), nil).figures())
	for _, text := range []string{"No chat was created on these days.", "No chat of this period has been rated.", noFirst, noLater} {
		assert.Contains(t, page, text)
	}
	assert.NotContains(t, page, "NaN")
	assert.NotContains(t, page, "<rect")
}

// TestColours checks that every colour stands out from its background, and differs enough from
// its neighbours for those who see few colours.
func TestColours(t *testing.T) {
	light, dark, _ := strings.Cut(style, "@media (prefers-color-scheme: dark)")
	for scheme, css := range map[string]string{"light": light, "dark": dark} {
		colours := map[string]colour{}
		for _, match := range regexp.MustCompile(`--([\w-]+): #([0-9a-f]{6})`).FindAllStringSubmatch(css, -1) {
			colours[match[1]] = parseColour(t, match[2])
		}
		card := colours["card"]
		for _, name := range []string{"text", "quiet"} {
			assert.GreaterOrEqual(t, contrast(colours[name], card), 4.5, "%s %s", scheme, name)
			assert.GreaterOrEqual(t, contrast(colours[name], colours["page"]), 4.5, "%s %s", scheme, name)
		}
		for prefix, classes := range map[string][]class{"status-": statuses, "rating-": ratings, "time-": durations} {
			var names []string
			for _, class := range classes {
				name := prefix + class.css()
				require.Contains(t, colours, name)
				assert.Contains(t, style, fmt.Sprintf(".%s { fill: var(--%s) }", name, name))
				assert.GreaterOrEqual(t, contrast(colours[name], card), 3.0, "%s %s", scheme, name)
				for _, other := range names {
					assert.GreaterOrEqual(t, difference(colours[name], colours[other]), 0.06, "%s %s and %s", scheme, name, other)
				}
				names = append(names, name)
			}
		}
	}
}

// colour is red, green and blue, in linear light.
type colour [3]float64

func parseColour(t *testing.T, digits string) colour {
	t.Helper()
	var c colour
	for i := range c {
		value, err := strconv.ParseUint(digits[2*i:2*i+2], 16, 8)
		require.NoError(t, err)
		c[i] = float64(value) / 255
		if c[i] <= 0.04045 {
			c[i] /= 12.92
		} else {
			c[i] = math.Pow((c[i]+0.055)/1.055, 2.4)
		}
	}
	return c
}

// contrast is that of the Web Content Accessibility Guidelines, from 1 to 21.
func contrast(a, b colour) float64 {
	luminance := func(c colour) float64 { return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2] + 0.05 }
	x, y := luminance(a), luminance(b)
	return max(x, y) / min(x, y)
}

// visions are how people see colours: all of them, and without red, green or blue cones
// (Machado, Oliveira and Fernandes, 2009).
var visions = [][3]colour{
	{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	{{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	{{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
	{{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
}

// difference is the distance of two colours in OKLab to those who see it least.
func difference(a, b colour) float64 {
	least := math.Inf(1)
	for _, vision := range visions {
		x, y := perceived(transform(vision, a)), perceived(transform(vision, b))
		least = min(least, math.Sqrt(square(x[0]-y[0])+square(x[1]-y[1])+square(x[2]-y[2])))
	}
	return least
}

// perceived is a colour in OKLab.
func perceived(c colour) colour {
	cones := transform([3]colour{
		{0.4122214708, 0.5363325363, 0.0514459929},
		{0.2119034982, 0.6806995451, 0.1073969566},
		{0.0883024619, 0.2817188376, 0.6299787005},
	}, c)
	for i := range cones {
		cones[i] = math.Cbrt(cones[i])
	}
	return transform([3]colour{
		{0.2104542553, 0.7936177850, -0.0040720468},
		{1.9779984951, -2.4285922050, 0.4505937099},
		{0.0259040371, 0.7827717662, -0.8086757660},
	}, cones)
}

// transform multiplies a matrix with a colour.
func transform(m [3]colour, c colour) (out colour) {
	for i, row := range m {
		out[i] = row[0]*c[0] + row[1]*c[1] + row[2]*c[2]
	}
	return out
}

func square(x float64) float64 { return x * x }
