package webhook_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// deliverySignature was computed apart from this package:
//
//	openssl dgst -sha1 -hmac example-signing-key testdata/delivery.json
const deliverySignature = "a14f7f122616c67fe488b34d1cd9b2718befe4f1"

// deliveryBody is a delivery with slashes and letters escaped, as PHP escapes them.
func deliveryBody(t testing.TB) []byte {
	t.Helper()
	body, err := os.ReadFile("testdata/delivery.json")
	require.NoError(t, err)
	return body
}

func TestVerifyAcceptsKnownSignatures(t *testing.T) {
	require.NoError(t, webhook.Verify(testKey, deliveryBody(t), deliverySignature))
	require.NoError(t, webhook.Verify("Jefe", []byte("what do ya want for nothing?"),
		"effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"), "test case 2 of RFC 2202")
}

// TestS4EveryWrongSignatureHasTheSameError in Verify, whatever is wrong with it.
func TestS4EveryWrongSignatureHasTheSameError(t *testing.T) {
	body := deliveryBody(t)
	for name, signature := range wrongSignatures(deliverySignature) {
		assert.Equal(t, webhook.ErrInvalidSignature, webhook.Verify(testKey, body, signature), name)
	}
	assert.Equal(t, webhook.ErrInvalidSignature, webhook.Verify("another-key", body, deliverySignature))
	assert.Equal(t, webhook.ErrInvalidSignature, webhook.Verify(testKey, append(body, '\n'), deliverySignature), "raw bytes")
}

// wrongSignatures are ways to be wrong beside a right signature.
func wrongSignatures(right string) map[string]string {
	flipped := []byte(right)
	flipped[len(flipped)-1] ^= 1
	return map[string]string{
		"missing":               "",
		"short":                 right[:39],
		"one character":         right[:1],
		"long":                  right + "0",
		"upper case":            strings.ToUpper(right),
		"with a prefix":         "sha1=" + right,
		"white space around it": " " + right,
		"last digit":            string(flipped),
		"first digit":           "0" + right[1:],
		"no hex":                strings.Repeat("z", 40),
		"zeros":                 strings.Repeat("0", 40),
		"of SHA-256's length":   strings.Repeat("a", 64),
		"huge":                  strings.Repeat("a", 1<<20),
	}
}

// TestVerifyRejectsEverythingWithoutAKey: not even the signature made with an empty key.
func TestVerifyRejectsEverythingWithoutAKey(t *testing.T) {
	for _, signature := range []string{"", sign("", "{}"), deliverySignature} {
		err := webhook.Verify("", []byte("{}"), signature)
		require.ErrorIs(t, err, webhook.ErrInvalidSignature)
		assert.EqualError(t, err, "webhook: invalid signature: the signing key is empty")
	}
}

func TestVerifyTakesAnEmptyBody(t *testing.T) {
	assert.NoError(t, webhook.Verify(testKey, nil, sign(testKey, "")))
}

// TestS4SignaturesAreComparedInConstantTime reads the source: Verify hands the signature to
// hmac.Equal, and does nothing else with it.
func TestS4SignaturesAreComparedInConstantTime(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "verify.go", nil, 0)
	require.NoError(t, err)
	uses, compared := 0, 0
	for _, declaration := range file.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok || function.Name.Name != "Verify" {
			continue
		}
		ast.Inspect(function.Body, func(node ast.Node) bool {
			if call, ok := node.(*ast.CallExpr); ok && types.ExprString(call) == "hmac.Equal([]byte(expected), []byte(signature))" {
				compared++
				return false
			}
			if name, ok := node.(*ast.Ident); ok && (name.Name == "signature" || name.Name == "expected") {
				uses++
			}
			return true
		})
	}
	assert.Equal(t, 1, compared)
	assert.Equal(t, 1, uses, "the expected signature is computed")
}
