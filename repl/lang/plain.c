/* plain.c -- mathematical signs as ASCII, for texts shown where there is no UTF-8 */
#include <ctype.h>
#include <string.h>

#include "lang/internal.h"

/* In the order in which they are tried: accents join the letter before them. */
static const struct {
    const char *sign, *plain;
} signs[] = {
    {"…", "..."},   {"∂", "d"},     {"→", "->"},    {"←", "<-"},    {"·", "*"},      {"×", "x"},
    {"−", "-"},     {"–", "-"},     {"—", "-"},     {"√", "sqrt"},  {"∇", "grad "},  {"Σ", "sum "},
    {"Π", "prod "}, {"≤", "<="},    {"≥", ">="},    {"≠", "!="},    {"≈", "~"},      {"±", "+-"},
    {"∞", "inf"},   {"π", "pi"},    {"μ", "mu"},    {"ε", "eps"},   {"λ", "lambda"}, {"α", "alpha"},
    {"β", "beta"},  {"γ", "gamma"}, {"δ", "delta"}, {"θ", "theta"}, {"η", "eta"},    {"σ", "sigma"},
    {"ρ", "rho"},   {"τ", "tau"},   {"φ", "phi"},   {"ω", "omega"}, {"ᵗ", "^t"},     {"ᵀ", "^T"},
    {"⁰", "^0"},    {"¹", "^1"},    {"²", "^2"},    {"³", "^3"},    {"⁴", "^4"},     {"⁵", "^5"},
    {"⁻", "^-"},    {"ⁿ", "^n"},    {"₀", "0"},     {"₁", "1"},     {"₂", "2"},      {"₃", "3"},
    {"½", "1/2"},   {"̂", "^"},      {"“", "\""},    {"”", "\""},    {"‘", "'"},      {"’", "'"},
    {"⌈", "ceil("}, {"⌉", ")"},     {"└", "`"},     {"├", "|"},     {"│", "|"},      {"─", "-"},
    {"█", "#"},     {"▏", "."},     {"∈", "in"},    {"∘", "o"},     {"≡", "="},      {"∝", "~"},
    {" ", " "},
};

/* The sign at s, or NULL. */
static const char *plain_of(const char *s, size_t *len)
{
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        *len = strlen(signs[i].sign);
        if (strncmp(s, signs[i].sign, *len) == 0) {
            return signs[i].plain;
        }
    }
    return NULL;
}

char *interp_plain(const char *text, char *buf, size_t cap)
{
    size_t len = 0;
    while (*text && len + 9 < cap) {
        size_t n = 1;
        const char *plain = (unsigned char)*text < 0x80 ? NULL : plain_of(text, &n);
        if (plain) {
            memcpy(buf + len, plain, strlen(plain));
            len += strlen(plain);
            if (strcmp(plain, "d") != 0 && isalnum((unsigned char)buf[len - 1]) &&
                isalpha((unsigned char)text[n])) {
                buf[len++] = ' '; /* β₁m: beta1 m, but ∂f: df */
            }
        } else {
            n = 1;
            buf[len++] = *text;
        }
        text += n;
    }
    buf[len] = '\0';
    return buf;
}
