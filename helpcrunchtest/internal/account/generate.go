package account

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// wordsJSON contains invented names and common words.
//
//go:embed words.json
var wordsJSON []byte

// words are the texts of generated rows.
type words struct {
	FirstNames, LastNames, Companies, Pages, Questions, Replies, Tags, Plans []string
	Places                                                                   []struct{ Locale, Country, Region, City string }
}

// Generate adds plausible rows. The same seed on the same account adds the same rows.
func (s *Account) Generate(customers, chats, messages int, seed uint64) {
	g := generator{
		Account: s, random: rand.New(rand.NewPCG(seed, 0x6865b0c3a1d24f57)), customers: customers, chats: chats, messages: messages,
	}
	if err := json.Unmarshal(wordsJSON, &g.words); err != nil {
		panic(fmt.Sprintf("helpcrunchtest: words.json: %v", err))
	}
	g.prepare()
	for i := range customers {
		g.addCustomer(i)
	}
	if len(s.Customers.Rows) == 0 {
		return
	}
	for i := range chats {
		g.addChat(i)
	}
}

// generator makes rows. Many customers share the same tags and custom data.
type generator struct {
	Account                    *Account
	random                     *rand.Rand
	customers, chats, messages int
	tags                       [][]helpcrunch.Tag
	custom                     [][]Property
	agents                     []int64
	words                      words
}

var (
	generatedBegin = InstantOf(time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC))
	generatedSpan  = Instant(2 * 365 * 24 * time.Hour / time.Millisecond)
)

func (g *generator) prepare() {
	colors := []string{"#1188cc", "#88aa22", "#cc4422", defaultColor}
	for i := range 40 {
		var tags []helpcrunch.Tag
		for j := range i % 4 {
			tags = AddTags(tags, []helpcrunch.Tag{{Name: g.words.Tags[(i*7+j*5)%len(g.words.Tags)], Color: colors[(i+j)%len(colors)]}})
		}
		g.tags = append(g.tags, tags)
	}
	for i := range 120 {
		data := []Property{{"plan", g.words.Plans[i%3]}, {"seats", int64(1 + i/3)}}
		if i%3 > 0 {
			data = append(data, Property{"monthly_fee", 9.5 * float64(i%3)})
		}
		data = append(data, Property{"trial", i%5 == 0})
		g.custom = append(g.custom, data)
	}
	for _, row := range g.Account.Agents.Rows {
		g.agents = append(g.agents, row.ID)
	}
}

func (g *generator) pick(words []string) string {
	return words[g.random.IntN(len(words))]
}

func (g *generator) addCustomer(i int) {
	row := &Customer{ID: g.Account.Customers.NextID, LastSeen: Never}
	row.FirstSeen = g.timeOf(i, g.customers)
	if g.random.IntN(5) > 0 {
		row.LastSeen = row.FirstSeen + Instant(g.random.Int64N(int64(generatedBegin+generatedSpan-row.FirstSeen)+1))
	}
	row.Tags = g.tags[g.random.IntN(len(g.tags))]
	row.Custom = g.custom[g.random.IntN(len(g.custom))]
	row.Unsubscribed = g.random.IntN(20) == 0
	row.Blocked = g.random.IntN(200) == 0
	texts := g.customerTexts(row.ID)
	row.Pack(&texts)
	g.Account.PutCustomer(row)
}

func (g *generator) customerTexts(id int64) CustomerTexts {
	number := strconv.FormatInt(id, 10)
	first, last := g.pick(g.words.FirstNames), g.pick(g.words.LastNames)
	place := g.words.Places[g.random.IntN(len(g.words.Places))]
	texts := CustomerTexts{
		NameField:        TextOrNull(first + " " + last),
		EmailField:       TextOrNull(strings.ToLower(first) + "." + strings.ToLower(last) + number + "@example.com"),
		UserIDField:      TextOrNull("crm-" + number),
		LocaleField:      TextOrNull(place.Locale),
		CountryCodeField: TextOrNull(place.Country),
		RegionCodeField:  TextOrNull(place.Region),
		CityField:        TextOrNull(place.City),
	}
	if g.random.IntN(2) == 0 {
		texts[CompanyField] = TextOrNull(last + " " + g.pick(g.words.Companies))
		texts[PhoneField] = TextOrNull("+" + strconv.Itoa(1_000_000_000+g.random.IntN(1_000_000_000)))
	}
	if g.random.IntN(3) == 0 {
		texts[LastPageField] = TextOrNull("https://shop.example.org/" + g.pick(g.words.Pages))
	}
	if g.random.IntN(10) == 0 {
		texts[CreatedFromField] = TextOrNull("telegram")
		texts[IntegrationIDField] = TextOrNull(strconv.Itoa(100_000_000 + g.random.IntN(900_000_000)))
	}
	return texts
}

// timeOf returns the time of the i-th of n rows. Times ascend.
func (g *generator) timeOf(i, n int) Instant {
	step := max(int64(generatedSpan)/int64(n), 1)
	return generatedBegin + Instant(int64(i)*step+g.random.Int64N(step))
}

func (g *generator) addChat(i int) {
	customers := g.Account.Customers.Rows
	row := EmptyChat(g.Account.Chats.NextID, g.timeOf(i, g.chats))
	row.Customer = customers[g.random.IntN(len(customers))].ID
	row.CreatedWith = "customer_message"
	if len(g.Account.Applications.Rows) > 0 {
		row.Application = g.Account.Applications.Rows[0].ID
	}
	if departments := g.Account.Departments.Rows; len(departments) > 0 && g.random.IntN(3) == 0 {
		row.Department = departments[g.random.IntN(len(departments))].ID
	}
	if len(g.agents) > 0 && g.random.IntN(2) == 0 {
		row.Assignee = g.agents[g.random.IntN(len(g.agents))]
	}
	before := i * g.messages / g.chats
	g.addMessages(row, (i+1)*g.messages/g.chats-before)
	g.finish(row)
	g.Account.PutChat(row)
}

func (g *generator) addMessages(row *Chat, count int) {
	written := row.CreatedAt
	rows := make([]*Message, 0, max(count, 0))
	for i := range count {
		message := &Message{
			ID: g.Account.NextMessageID, Chat: row.ID, Kind: KindMessage, From: ByCustomer, Text: g.pick(g.words.Questions),
			CreatedAt: written, UpdatedAt: Never, Read: i < count-1,
		}
		if i%2 == 1 && len(g.agents) > 0 {
			message.From, message.Text = ByAgent, g.pick(g.words.Replies)
			message.Agent = g.agents[g.random.IntN(len(g.agents))]
		}
		g.Account.NextMessageID++
		rows = append(rows, message)
		row.addMessage(message)
		written += Instant(1000 + g.random.Int64N(600_000))
	}
	if count > 0 {
		g.Account.Messages[row.ID] = rows
	}
}

// finish closes most chats that have a reply, and makes some pending or on hold.
func (g *generator) finish(row *Chat) {
	if row.Status != statusOpened {
		return
	}
	switch n := g.random.IntN(10); {
	case n < 6:
		row.SetStatus(StatusClosed, row.LastMessageAt+60_000)
		row.ReadByAgent, row.ReadByCustomer = true, true
		if n < 3 {
			row.Rating = g.pick(Ratings)
		}
	case n == 6:
		row.Status = statusPending
	case n == 7:
		row.Status = StatusOnHold
	}
}
