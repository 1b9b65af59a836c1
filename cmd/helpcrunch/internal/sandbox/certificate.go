package sandbox

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
)

// validity is how long a certificate is valid.
const validity = 90 * 24 * time.Hour

// makeCertificate makes a certificate authority for this run alone, and a certificate of it for
// the hosts. It returns that certificate and, as PEM, the authority's. The private key of the
// authority is never stored.
func makeCertificate(hosts []string) (certificate tls.Certificate, authority []byte, err error) {
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return certificate, nil, err
	}
	root := &x509.Certificate{
		Subject: pkix.Name{CommonName: "helpcrunch fake server CA"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, MaxPathLenZero: true,
	}
	rootDER, err := signCertificate(root, root, authorityKey, authorityKey)
	if err != nil {
		return certificate, nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return certificate, nil, err
	}
	leaf := &x509.Certificate{
		Subject: pkix.Name{CommonName: hosts[0]}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
		} else {
			leaf.DNSNames = append(leaf.DNSNames, host)
		}
	}
	leafDER, err := signCertificate(leaf, root, key, authorityKey)
	certificate = tls.Certificate{Certificate: [][]byte{leafDER, rootDER}, PrivateKey: key}
	return certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER}), err
}

// signCertificate signs a certificate for a key with the key of its parent.
func signCertificate(certificate, parent *x509.Certificate, key, parentKey *ecdsa.PrivateKey) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	certificate.SerialNumber = serial
	certificate.NotBefore, certificate.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(validity)
	return x509.CreateCertificate(rand.Reader, certificate, parent, &key.PublicKey, parentKey)
}

// writeAuthority writes the certificate of the authority to a file, a new temporary one for
// an empty path, and returns its path. It replaces a certificate and no other file.
func writeAuthority(path string, authority []byte) (string, error) {
	if path != "" {
		old, err := os.ReadFile(path) //nolint:gosec // the user named it
		if err == nil && len(old) > 0 && !bytes.HasPrefix(old, []byte("-----BEGIN CERTIFICATE")) {
			return "", cli.Usagef("--tls-ca: %s exists and is no certificate", path)
		}
		err = os.WriteFile(path, authority, 0o644) //nolint:gosec // other users' programs read it
		switch {
		case errors.Is(err, syscall.ENOSPC):
			return "", fmt.Errorf("--tls-ca: %w", err)
		case err != nil:
			return "", cli.Usagef("--tls-ca: %w", err)
		}
		return path, nil
	}
	file, err := os.CreateTemp("", "helpcrunch-fake-ca-*.pem")
	if err != nil {
		return "", err
	}
	_, err = file.Write(authority)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return file.Name(), err
}
