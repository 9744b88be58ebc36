/*
 * certificate.c - makes a certificate authority and a certificate signed by it.
 */
#include "internal.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#define DAY (24L * 60 * 60)

static void add_extension(X509 *certificate, X509 *issuer, int kind, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    if (extension)
        X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

static X509 *begin_certificate(EVP_PKEY *key, const char *name, long serial, long begins, long ends)
{
    X509 *certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), begins);
    X509_gmtime_adj(X509_getm_notAfter(certificate), ends);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                               (const unsigned char *)name, -1, -1, 0);
    return certificate;
}

static X509 *make_authority(EVP_PKEY *key)
{
    X509 *authority = begin_certificate(key, "gia simulator authority", 1, -30 * DAY, 30 * DAY);
    X509_set_issuer_name(authority, X509_get_subject_name(authority));
    add_extension(authority, authority, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(authority, authority, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(authority, authority, NID_subject_key_identifier, "hash");
    return authority;
}

static X509 *make_leaf(EVP_PKEY *key, X509 *authority, sim_certificate_t kind)
{
    int expired = kind == SIM_CERTIFICATE_EXPIRED;
    X509 *leaf = begin_certificate(key, "gia simulator", 2, expired ? -20 * DAY : -DAY,
                                   expired ? -10 * DAY : 20 * DAY);
    X509_set_issuer_name(leaf, X509_get_subject_name(authority));
    add_extension(leaf, authority, NID_basic_constraints, "CA:FALSE");
    add_extension(leaf, authority, NID_key_usage, "critical,digitalSignature");
    add_extension(leaf, authority, NID_ext_key_usage, "serverAuth");
    add_extension(leaf, authority, NID_subject_alt_name,
                  kind == SIM_CERTIFICATE_WRONG_HOST ? "DNS:elsewhere.invalid"
                                                     : "DNS:localhost,IP:127.0.0.1,IP:::1");
    return leaf;
}

int sim_certificate_make(sim_certificate_t kind, X509 **authority, X509 **leaf, EVP_PKEY **key)
{
    EVP_PKEY *authority_key = EVP_EC_gen("P-256");
    *key = EVP_EC_gen("P-256");
    *authority = *leaf = NULL;
    int made = 0;
    if (authority_key && *key) {
        *authority = make_authority(authority_key);
        *leaf = make_leaf(*key, *authority, kind);
        made = X509_sign(*authority, authority_key, EVP_sha256()) > 0 &&
               X509_sign(*leaf, authority_key, EVP_sha256()) > 0;
    }
    EVP_PKEY_free(authority_key);
    return made ? 0 : -1;
}
