package tolerant

import (
	"bytes"
	"encoding/json"
	"errors"
	"sync"
)

// decoder is a reusable [json.Decoder]. Reuse pays because its buffers are larger than the result
// of a small response.
type decoder struct {
	source  bytes.Reader
	decoder *json.Decoder
}

// decoders decode numbers in values of type any as float64, numberDecoders as json.Number.
var decoders, numberDecoders = sync.Pool{New: newDecoder}, sync.Pool{New: newNumberDecoder}

func newDecoder() any {
	d := new(decoder)
	d.decoder = json.NewDecoder(&d.source)
	return d
}

func newNumberDecoder() any {
	d := newDecoder().(*decoder)
	d.decoder.UseNumber()
	return d
}

// maxPooled is the largest response, in bytes, that is decoded with a pooled decoder. Above it,
// the copy into the decoder costs more than the reuse saves.
const maxPooled = 4 << 10

var errTrailing = errors.New("JSON followed by something else")

// Trim removes JSON white space and byte order marks from both ends. PHP outputs a mark for
// each included file that has one.
func Trim(data []byte) []byte {
	return bytes.Trim(data, "\ufeff \t\r\n")
}

// unmarshal decodes trimmed data as [json.Unmarshal] does.
func unmarshal(data []byte, into any) error {
	if len(data) > maxPooled {
		return json.Unmarshal(data, into)
	}
	return decode(&decoders, data, into)
}

// decode decodes trimmed data with a decoder from the pool. A decoder is not reused after an
// error.
func decode(pool *sync.Pool, data []byte, into any) error {
	d := pool.Get().(*decoder)
	d.source.Reset(data)
	before := d.decoder.InputOffset()
	if err := d.decoder.Decode(into); err != nil {
		return err
	}
	if d.decoder.InputOffset()-before != int64(len(data)) {
		return errTrailing
	}
	d.source.Reset(nil)
	pool.Put(d)
	return nil
}
