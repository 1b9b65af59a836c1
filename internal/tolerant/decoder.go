package tolerant

import (
	"bytes"
	"encoding/json"
	"errors"
	"sync"
)

// decoder is a [json.Decoder] that is used again: what it allocates while it works,
// more than the result of a small answer takes, is allocated once.
type decoder struct {
	source  bytes.Reader
	decoder *json.Decoder
}

var decoders = sync.Pool{New: func() any {
	d := new(decoder)
	d.decoder = json.NewDecoder(&d.source)
	return d
}}

// maxPooled is the size of an answer, in bytes, from which copying it into the decoder
// costs more than is saved.
const maxPooled = 4 << 10

var errTrailing = errors.New("JSON followed by something else")

// TrimSpace cuts off what JSON takes for space: less than [bytes.TrimSpace] does.
func TrimSpace(data []byte) []byte { return bytes.Trim(data, " \t\r\n") }

// unmarshal decodes the one value that data holds, as [json.Unmarshal] does. A decoder
// that saw anything unusual is not used again.
func unmarshal(data []byte, into any) error {
	data = TrimSpace(data)
	if len(data) > maxPooled {
		return json.Unmarshal(data, into)
	}
	d := decoders.Get().(*decoder)
	d.source.Reset(data)
	before := d.decoder.InputOffset()
	if err := d.decoder.Decode(into); err != nil {
		return err
	}
	if d.decoder.InputOffset()-before != int64(len(data)) {
		return errTrailing
	}
	d.source.Reset(nil)
	decoders.Put(d)
	return nil
}
