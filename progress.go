package helpcrunch

// Progress is how far a walk or bulk work has come.
type Progress struct{}
