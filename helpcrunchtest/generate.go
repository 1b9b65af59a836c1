package helpcrunchtest

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// DataSize is how much [Server.Generate] adds.
type DataSize struct {
	// Customers are added with a userId, an e-mail address, tags and custom data. A
	// million of them need about 450 MiB of memory.
	Customers int
	// Chats are spread over all customers that the account has then.
	Chats int
	// Messages are spread evenly over the new chats. Without any the chats are empty.
	Messages int
}

// WithGenerated fills the server as [Server.Generate] does.
func WithGenerated(size DataSize, seed uint64) Option {
	return WithSeed(func(s *Server) { s.Generate(size, seed) })
}

// Generate adds plausible customers, chats and messages. The same seed on an account
// that holds the same adds the same. All happened between January 2024 and December
// 2025.
func (s *Server) Generate(size DataSize, seed uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := generator{store: s.store, chance: rand.New(rand.NewPCG(seed, 0x6865b0c3a1d24f57)), size: size}
	g.prepare()
	for i := range size.Customers {
		g.addCustomer(i)
	}
	if len(s.store.customers.rows) == 0 {
		return
	}
	for i := range size.Chats {
		g.addChat(i)
	}
}

// generator makes up rows. What many rows have in common is made once and shared.
type generator struct {
	store  *store
	chance *rand.Rand
	size   DataSize
	tags   [][]tag
	custom []*customData
	agents []int64
}

var (
	generatedBegin = instantOf(time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC))
	generatedSpan  = instant(2 * 365 * 24 * time.Hour / time.Millisecond)
)

func (g *generator) prepare() {
	colors := []string{"#1188cc", "#88aa22", "#cc4422", defaultColor}
	names := []string{"Lead", "Paid", "Vip", "reader", "newsletter", "trial ended"}
	for i := range 40 {
		var tags []tag
		for j := range i % 4 {
			tags = addTags(tags, []tag{{names[(i*7+j*5)%len(names)], colors[(i+j)%len(colors)]}})
		}
		g.tags = append(g.tags, tags)
	}
	plans := []string{"free", "silver", "gold"}
	for i := range 120 {
		data := &customData{properties: []property{{"plan", plans[i%3]}, {"seats", int64(1 + i/3)}}}
		if i%3 > 0 {
			data.properties = append(data.properties, property{"monthly_fee", 9.5 * float64(i%3)})
		}
		data.properties = append(data.properties, property{"trial", i%5 == 0})
		g.custom = append(g.custom, data)
	}
	for _, row := range g.store.agents.rows {
		g.agents = append(g.agents, row.id)
	}
}

// pick returns one of the words.
func (g *generator) pick(words []string) string {
	return words[g.chance.IntN(len(words))]
}

func (g *generator) addCustomer(i int) {
	row := &customer{id: g.store.customerIDs.next(), lastSeen: never}
	row.firstSeen = g.moment(i, g.size.Customers)
	if g.chance.IntN(5) > 0 {
		row.lastSeen = row.firstSeen + instant(g.chance.Int64N(int64(generatedBegin+generatedSpan-row.firstSeen)+1))
	}
	row.tags = g.tags[g.chance.IntN(len(g.tags))]
	row.custom = g.custom[g.chance.IntN(len(g.custom))]
	row.unsubscribed = g.chance.IntN(20) == 0
	row.blocked = g.chance.IntN(200) == 0
	texts := g.customerTexts(row.id)
	row.pack(&texts)
	g.store.putCustomer(row)
}

func (g *generator) customerTexts(id int64) customerTexts {
	number := strconv.FormatInt(id, 10)
	first, last := g.pick(firstNames), g.pick(lastNames)
	place := places[g.chance.IntN(len(places))]
	texts := customerTexts{
		nameField:        someText(first + " " + last),
		emailField:       someText(strings.ToLower(first) + "." + strings.ToLower(last) + number + "@example.com"),
		userIDField:      someText("crm-" + number),
		localeField:      someText(place.locale),
		countryCodeField: someText(place.country),
		regionCodeField:  someText(place.region),
		cityField:        someText(place.city),
	}
	if g.chance.IntN(2) == 0 {
		texts[companyField] = someText(last + " " + g.pick(companyWords))
		texts[phoneField] = someText("+" + strconv.Itoa(1_000_000_000+g.chance.IntN(1_000_000_000)))
	}
	if g.chance.IntN(3) == 0 {
		texts[lastPageField] = someText("https://shop.example.org/" + g.pick(pages))
	}
	if g.chance.IntN(10) == 0 {
		texts[createdFromField] = someText("telegram")
		texts[integrationIDField] = someText(strconv.Itoa(100_000_000 + g.chance.IntN(900_000_000)))
	}
	return texts
}

// moment is when the i-th of n things happened: they come one after the other.
func (g *generator) moment(i, n int) instant {
	step := max(int64(generatedSpan)/int64(n), 1)
	return generatedBegin + instant(int64(i)*step+g.chance.Int64N(step))
}

func (g *generator) addChat(i int) {
	customers := g.store.customers.rows
	row := emptyChat(g.store.chatIDs.next(), g.moment(i, g.size.Chats))
	row.customer = customers[g.chance.IntN(len(customers))].id
	row.createdWith = "customer_message"
	if len(g.store.applications.rows) > 0 {
		row.application = g.store.applications.rows[0].id
	}
	if departments := g.store.departments.rows; len(departments) > 0 && g.chance.IntN(3) == 0 {
		row.department = departments[g.chance.IntN(len(departments))].id
	}
	if len(g.agents) > 0 && g.chance.IntN(2) == 0 {
		row.assignee = g.agents[g.chance.IntN(len(g.agents))]
	}
	before := i * g.size.Messages / g.size.Chats
	g.addMessages(row, (i+1)*g.size.Messages/g.size.Chats-before)
	g.settle(row)
	g.store.putChat(row)
}

// addMessages lets customer and agent write in turns.
func (g *generator) addMessages(row *chat, count int) {
	written := row.createdAt
	rows := make([]*message, 0, count)
	for i := range count {
		said := &message{
			id: g.store.messageIDs.next(), chat: row.id, kind: kindMessage, from: byCustomer, text: g.pick(questions),
			createdAt: written, updatedAt: never, read: i < count-1,
		}
		if i%2 == 1 && len(g.agents) > 0 {
			said.from, said.text = byAgent, g.pick(answers)
			said.agent = g.agents[g.chance.IntN(len(g.agents))]
		}
		rows = append(rows, said)
		row.hear(said)
		written += instant(1000 + g.chance.Int64N(600_000))
	}
	if count > 0 {
		g.store.messages[row.id] = rows
	}
}

// settle gives a chat that was answered the state that such chats have in the end.
func (g *generator) settle(row *chat) {
	if row.status != statusOpened {
		return
	}
	switch chance := g.chance.IntN(10); {
	case chance < 6:
		row.setStatus(statusClosed, row.lastMessageAt+60_000)
		row.readByAgent, row.readByCustomer = true, true
		if chance < 3 {
			row.rating = g.pick(ratings)
		}
	case chance == 6:
		row.status = statusPending
	case chance == 7:
		row.status = statusOnHold
	}
}
