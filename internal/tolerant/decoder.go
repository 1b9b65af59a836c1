package tolerant

import (
	"bytes"
	"encoding/json"
	"errors"
	"sync"
)

// decoder is a [json.Decoder] that is reused. Its buffers, which take more than the result
// of a small response, are allocated once.
type decoder struct {
	source  bytes.Reader
	decoder *json.Decoder
}

var decoders = sync.Pool{New: func() any {
	d := new(decoder)
	d.decoder = json.NewDecoder(&d.source)
	return d
}}

// maxPooled is the size of a response in bytes above which copying it into a decoder costs
// more than it saves.
const maxPooled = 4 << 10

var errTrailing = errors.New("JSON followed by something else")

// Trim removes byte order marks and the white space of JSON, which is less than
// [bytes.TrimSpace] removes. Each file that a PHP program includes may add a mark.
func Trim(data []byte) []byte {
	return bytes.Trim(data, "\ufeff \t\r\n")
}

// unmarshal decodes the one value in data, which is trimmed, as [json.Unmarshal] does. A
// decoder is not reused after an error.
func unmarshal(data []byte, into any) error {
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
