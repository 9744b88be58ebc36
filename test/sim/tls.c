/*
 * tls.c - OpenSSL on memory: bytes of the wire on one side, clear bytes on the other.
 */
#include "internal.h"

#include <openssl/err.h>
#include <string.h>

static const unsigned char offers_any[] = "\x02h2\x08http/1.1";
static const unsigned char offers_http1[] = "\x08http/1.1";
static const unsigned char offers_http2[] = "\x02h2";

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_length,
                       const unsigned char *in, unsigned in_length, void *offers)
{
    unsigned char *chosen = NULL;
    int result = SSL_select_next_proto(&chosen, out_length, offers,
                                       (unsigned)strlen((const char *)offers), in, in_length);
    if (result != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

SSL_CTX *sim_tls_context(sim_http_t http, X509 *certificate, EVP_PKEY *key)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (!context)
        return NULL;
    /* Thousands of idle connections should not hold thousands of record buffers. */
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    const unsigned char *offers = http == SIM_HTTP_1   ? offers_http1
                                  : http == SIM_HTTP_2 ? offers_http2
                                                       : offers_any;
    SSL_CTX_set_alpn_select_cb(context, choose_alpn, (void *)(uintptr_t)offers);
    if (SSL_CTX_use_certificate(context, certificate) != 1 ||
        SSL_CTX_use_PrivateKey(context, key) != 1) {
        SSL_CTX_free(context);
        return NULL;
    }
    return context;
}

SSL *sim_tls_open(SSL_CTX *context)
{
    SSL *ssl = SSL_new(context);
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(ssl);
    return ssl;
}

int sim_tls_input(SSL *ssl, const char *bytes, size_t length, sim_buffer_t *plain)
{
    BIO_write(SSL_get_rbio(ssl), bytes, (int)length);
    for (;;) {
        ERR_clear_error();
        char *room = sim_buffer_reserve(plain, 16 * 1024);
        int got = SSL_read(ssl, room, 16 * 1024);
        if (got > 0) {
            plain->length += (size_t)got;
            continue;
        }
        int reason = SSL_get_error(ssl, got);
        ERR_clear_error();
        if (reason == SSL_ERROR_WANT_READ)
            return 0;
        return reason == SSL_ERROR_ZERO_RETURN ? 1 : -1;
    }
}

void sim_tls_output(SSL *ssl, const char *bytes, size_t length)
{
    ERR_clear_error();
    SSL_write(ssl, bytes, (int)length); /* memory takes all of it */
}

void sim_tls_goodbye(SSL *ssl)
{
    ERR_clear_error();
    if (SSL_is_init_finished(ssl))
        SSL_shutdown(ssl);
    ERR_clear_error();
}

void sim_tls_collect(SSL *ssl, sim_buffer_t *wire)
{
    BIO *out = SSL_get_wbio(ssl);
    char *bytes;
    long length = BIO_get_mem_data(out, &bytes);
    if (length <= 0)
        return;
    sim_buffer_add(wire, bytes, (size_t)length);
    (void)BIO_reset(out);
}

int sim_tls_chose_http2(SSL *ssl)
{
    const unsigned char *name;
    unsigned length;
    SSL_get0_alpn_selected(ssl, &name, &length);
    return length == 2 && memcmp(name, "h2", 2) == 0;
}
