package webhook

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the service signs with it; as an HMAC it is sound
	"encoding/hex"
	"fmt"
)

// SignatureHeader is the header that contains a delivery's signature.
//
// See https://docs.helpcrunch.com/en/webhooks/setting-up-webhooks.
const SignatureHeader = "X-HelpCrunch-Signature"

// Error is a constant error of this package, to be matched with [errors.Is].
type Error string

// ErrInvalidSignature is the error of a delivery that was not signed with the key. It is the
// same for every wrong signature.
const ErrInvalidSignature Error = "webhook: invalid signature"

// Error returns the text of the error.
func (e Error) Error() string { return string(e) }

// Verify checks that a delivery comes from the account with the signing key. The signature
// must be exactly the one that [Sign] returns for the body. Pass the bytes as they arrived: JSON
// that was decoded and encoded again has another signature.
//
// Any other signature is [ErrInvalidSignature]. With an empty key, every signature is invalid.
// The comparison takes constant time.
//
// See https://docs.helpcrunch.com/en/webhooks/setting-up-webhooks.
func Verify(signingKey string, body []byte, signature string) error {
	if signingKey == "" {
		return fmt.Errorf("%w: the signing key is empty", ErrInvalidSignature)
	}
	expected := Sign(signingKey, body)
	if !hmac.Equal([]byte(expected), []byte(signature)) {
		return ErrInvalidSignature
	}
	return nil
}

// Sign returns the signature of a body: its HMAC-SHA1 in lower-case hex. Use it to test a
// handler: the service sends the signature in the [SignatureHeader].
func Sign(signingKey string, body []byte) string {
	mac := hmac.New(sha1.New, []byte(signingKey))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}
