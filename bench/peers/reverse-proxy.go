// The reverse proxy of Go's standard library, with the credential put on and the upstream verified.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
)

const realToken = "the-real-credential-of-the-bench"

func main() {
	listen, upstream, host, caFile, certFile, keyFile := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5], os.Args[6]
	pem, err := os.ReadFile(caFile)
	if err != nil {
		log.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	target := &url.URL{Scheme: "https", Host: upstream}
	proxy := httputil.NewSingleHostReverseProxy(target)
	direct := proxy.Director
	proxy.Director = func(request *http.Request) {
		direct(request)
		request.Host = host
		request.Header.Set("Authorization", "Bearer "+realToken)
	}
	proxy.FlushInterval = -1
	proxy.Transport = &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: roots, ServerName: host},
		MaxIdleConns:        2000,
		MaxIdleConnsPerHost: 2000,
		DisableCompression:  true,
	}
	log.Fatal((&http.Server{Addr: listen, Handler: proxy}).ListenAndServeTLS(certFile, keyFile))
}
