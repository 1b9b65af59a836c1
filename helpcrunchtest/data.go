package helpcrunchtest

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
	s.store.Generate(size.Customers, size.Chats, size.Messages, seed)
}
