package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// authority is the file of the certificate that signs the server's.
func (s *stand) authority() string { return filepath.Join(s.dir, "authority.pem") }

// sign writes a certificate of the server that ends at a time, its key, and the
// authority that has signed it, which the workers read anew when they connect.
func (s *stand) sign(end time.Time) error {
	root, rootKey, err := certificate(s.authority(), &x509.Certificate{
		Subject: pkix.Name{CommonName: "chaos authority"}, NotAfter: time.Now().Add(rowPatience),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil, nil)
	if err != nil {
		return err
	}
	_, key, err := certificate(filepath.Join(s.dir, "server.pem"), &x509.Certificate{
		Subject: pkix.Name{CommonName: "chaos server"}, NotAfter: end,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, root, rootKey)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(filepath.Join(s.dir, "server-key.pem"), "PRIVATE KEY", der)
}

// certificate writes a certificate of a new key, signed by its parent, or by itself
// if it has none.
func certificate(path string, c, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if parent == nil {
		parent, parentKey = c, key
	}
	c.SerialNumber = big.NewInt(time.Now().UnixNano())
	c.NotBefore = time.Now().Add(-time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, parentKey)
	if err != nil {
		return nil, nil, fmt.Errorf("sign %s: %w", path, err)
	}
	return c, key, writePEM(path, "CERTIFICATE", der)
}

func writePEM(path, what string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: what, Bytes: der}), 0o600)
}

// tls is the part of a server's configuration about its certificate. The harness
// and the service go on without.
func (s *stand) tls() string {
	return fmt.Sprintf("tls { cert_file: %q, key_file: %q }\nallow_non_tls: true\n", filepath.Join(s.dir, "server.pem"), filepath.Join(s.dir, "server-key.pem"))
}
