//! What a new file of a pack begins with: the keys that its kind needs, so that nobody starts from an empty page.
//!
//! Called by the editor. A starter must never compile into something that acts: rules begin as drafts.

/// The text that a file of this path begins with.
pub fn text(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name {
        "policy.toml" => {
            "title = \"\"\nclause = \"\"\"\n\"\"\"\nclause_version = 1\nseverity = \"medium\"\ndisclosure = \"full\"\n\
             fix_hint = \"\"\non_unavailable = \"review\"\n"
        }
        "rules.toml" => "[[rule]]\nname = \"\"\nwhen = '''\n'''\neffect = \"review\"\nstate = \"draft\"\nnote = \"\"\n",
        "cases.toml" => {
            "[[case]]\nname = \"\"\nkind = \"violating\"\nheadline = \"\"\nbody = \"\"\nexpect = \"review\"\n"
        }
        _ if path.starts_with("lists/") && name.ends_with(".toml") => "kind = \"phrases\"\nentries = []\n",
        _ => "",
    }
    .to_owned()
}
