package webhook

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the service signs with it; as an HMAC it is sound
	"encoding/hex"
	"fmt"
)

// SignatureHeader is the header that holds a delivery's signature.
//
// See https://docs.helpcrunch.com/en/webhooks/setting-up-webhooks.
const SignatureHeader = "X-HelpCrunch-Signature"

// Error is an error of this package that can be matched with [errors.Is]. Its values are
// constants.
type Error string

// ErrInvalidSignature marks a delivery that was not signed with the key. It says no more
// than that, whatever was wrong with the signature.
const ErrInvalidSignature Error = "webhook: invalid signature"

// Error returns the error in words.
func (e Error) Error() string { return string(e) }

// Verify checks that a delivery comes from the account whose signing key it is: the
// signature must be the lower-case hex HMAC-SHA1 of the body, and nothing else. Pass the
// bytes as they arrived; JSON that was decoded and encoded again has another signature.
//
// Any other signature, and none, is [ErrInvalidSignature]. So is every one when the key is
// empty, and then the error says so. The comparison takes the same time wherever the signatures differ.
//
// See https://docs.helpcrunch.com/en/webhooks/setting-up-webhooks.
func Verify(signingKey string, body []byte, signature string) error {
	if signingKey == "" {
		return fmt.Errorf("%w: the signing key is empty", ErrInvalidSignature)
	}
	mac := hmac.New(sha1.New, []byte(signingKey))
	mac.Write(body)
	right := hex.EncodeToString(mac.Sum(nil))
	if !hmac.Equal([]byte(right), []byte(signature)) {
		return ErrInvalidSignature
	}
	return nil
}
