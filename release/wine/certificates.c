// Linked into what stands in for Windows, and into nothing that is published.
//
// Wine knows older forms of the configuration of certificate chains than Windows does, and refuses newer
// ones by their size. Then this tries the oldest one. It lacks only the exclusive roots, which drivebell
// does not use.
#include <stddef.h>
#include <windows.h>
#include <wincrypt.h>

typedef BOOL(WINAPI *Create)(PCERT_CHAIN_ENGINE_CONFIG, HCERTCHAINENGINE *);

// The header says that it is imported.
#pragma GCC diagnostic ignored "-Wattributes"
BOOL WINAPI CertCreateCertificateChainEngine(PCERT_CHAIN_ENGINE_CONFIG config, HCERTCHAINENGINE *engine) {
    HMODULE library = LoadLibraryA("crypt32.dll");
    Create create = (Create)(void *)GetProcAddress(library, "CertCreateCertificateChainEngine");
    if (create(config, engine)) return TRUE;
    CERT_CHAIN_ENGINE_CONFIG older = *config;
    older.cbSize = offsetof(CERT_CHAIN_ENGINE_CONFIG, hExclusiveRoot);
    return create(&older, engine);
}
