//! What tells a word from a code: a small lexicon, and how English syllables begin and end.
//!
//! Used by the leet stage to decide whether `s4le` is a word and `gpt4` is not. It must never be used to decide what a
//! text means.

/// Words that are written in leet, too short or too ambiguous for syllables alone to tell. Sorted, lower case.
#[rustfmt::skip]
const DISGUISED: &[&str] = &[
    "account", "adult", "airpods", "alcohol", "all", "ass", "asset", "baby", "bad", "bank", "bet", "bets", "betting",
    "big", "bingo", "bitch", "bitcoin", "boner", "bonus", "boob", "boobs", "buy", "cash", "cashback", "casino",
    "casinos", "cheap", "cialis", "claim", "click", "cocaine", "cock", "coin", "coins", "credit", "crypto", "cum",
    "deal", "deals", "dick", "diet", "doctor", "dollar", "dollars", "drug", "drugs", "easy", "erotic", "escort",
    "escorts", "euro", "euros", "fast", "fat", "for", "free", "fuck", "fucking", "fun", "gamble", "gambling", "gay",
    "get", "gift", "girl", "girls", "gold", "gun", "guns", "hell", "here", "heroin", "hot", "idiot", "income",
    "invest", "jackpot", "job", "kid", "kill", "kratom", "levitra", "limited", "loan", "loans", "look", "lose",
    "lottery", "lotto", "love", "low", "mature", "meth", "milf", "miracle", "money", "naked", "new", "news",
    "nicotine", "not", "now", "nude", "nudes", "off", "offer", "offers", "oil", "online", "opioid", "order", "orgasm",
    "oxycontin", "passion", "pay", "paypal", "penis", "pill", "pills", "pistol", "play", "please", "poker", "porn",
    "porno", "pot", "prescription", "price", "prize", "profit", "profits", "pussy", "replica", "rich", "rifle",
    "rolex", "roulette", "safe", "sale", "sales", "save", "savings", "scam", "seduce", "sell", "sex", "sexy", "shit",
    "shoes", "shop", "sign", "singles", "slim", "slots", "slut", "spins", "stake", "steroid", "steroids", "suck",
    "super", "supplement", "thc", "tit", "tits", "tobacco", "top", "tramadol", "valium", "vape", "vapes", "verify",
    "viagra", "vicodin", "vip", "watch", "weapon", "weapons", "weed", "weight", "whore", "win", "winner", "winners",
    "wins", "work", "xanax", "you", "your",
];

/// Words that are glued to numbers (`buy1get1`, `face4face`) or to signs. Sorted, lower case.
#[rustfmt::skip]
const PLAIN: &[&str] = &[
    "a", "all", "and", "at", "back", "be", "big", "book", "buy", "by", "cash", "code", "com", "day", "days", "do", "face", "fire",
    "for", "free", "from", "game", "get", "gift", "go", "help", "home", "hour", "hours", "house", "in", "info", "job", "just",
    "kids", "life", "live", "love", "mail", "man", "me", "men", "min", "more", "my", "new", "now", "of", "off", "on", "one", "only",
    "or", "order", "out", "party", "pay", "people", "play", "pro", "safe", "sale", "save", "school", "shop", "sign", "star", "step",
    "team", "time", "to", "top", "up", "us", "user", "web", "week", "weeks", "win", "with", "woman", "women", "work", "world",
    "year", "years", "you",
];

/// Consonants that begin English syllables, besides single ones. Sorted.
#[rustfmt::skip]
const ONSETS: &[&str] = &[
    "bl", "br", "ch", "chr", "cl", "cr", "dr", "dw", "fl", "fr", "gh", "gl", "gn", "gr", "kl", "kn", "kr", "ph", "phr", "pl", "pr",
    "ps", "qu", "rh", "sc", "sch", "scr", "sh", "shr", "sk", "sl", "sm", "sn", "sp", "spl", "spr", "sq", "squ", "st", "str", "sw",
    "th", "thr", "tr", "ts", "tw", "wh", "wr",
];

/// Whether a word is one that people write in leet.
pub(super) fn is_disguised_word(lower: &str) -> bool {
    DISGUISED.binary_search(&lower).is_ok()
}

/// Whether a word is plain English that numbers and signs are glued to.
pub(super) fn is_plain_word(lower: &str) -> bool {
    PLAIN.binary_search(&lower).is_ok()
}

/// Whether a character is written for a vowel sound.
pub(super) fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

/// Whether consonants may begin a syllable.
pub(super) fn is_onset(consonants: &str) -> bool {
    consonants.len() <= 1 || ONSETS.binary_search(&consonants).is_ok()
}

/// Whether lower-case ASCII letters can be said: a plausible beginning, vowels, and neither long runs of consonants nor
/// of one letter. `strictly` asks for more, where codes are as likely as words.
pub(super) fn can_be_said(lower: &str, strictly: bool) -> bool {
    let onset = lower.len() - lower.trim_start_matches(|c| !is_vowel(c)).len();
    let mut consonants = 0;
    let mut vowels = 0;
    let mut longest = (0, 0);
    let mut repeats = 1;
    let mut previous = None;
    for c in lower.chars() {
        (consonants, vowels) = if is_vowel(c) { (0, vowels + 1) } else { (consonants + 1, 0) };
        longest = (longest.0.max(consonants), longest.1.max(vowels));
        repeats = if previous == Some(c) { repeats + 1 } else { 1 };
        if repeats > 2 {
            return false;
        }
        previous = Some(c);
    }
    let has_vowel = longest.1 > 0;
    let most = if strictly { (2, 2) } else { (4, 3) };
    let plausible = has_vowel && (!strictly || lower.len() >= 5) && longest.0 <= most.0 && longest.1 <= most.1;
    plausible && is_onset(&lower[..onset]) && !lower.contains("ii") && !lower.contains("aa")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        assert!(PLAIN.is_sorted() && ONSETS.is_sorted());
        let mut sorted = DISGUISED.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(DISGUISED, sorted);
    }
}
