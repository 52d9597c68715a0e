//! What `scripts/release.sh` makes where parts cannot be had: programs that do what a test says stand in the place of
//! those that build.

#![cfg(unix)]
#![allow(clippy::unwrap_used)] // clippy exempts tests, but not the helpers they share

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Writes down how it was called and makes what is built.
const CARGO: &str = r#"
case $1 in
  zigbuild)
    echo "${RUSTC_BOOTSTRAP:-0} $* $RUSTFLAGS" >> "$CALLS"
    while [ "$1" != --target ]; do shift; done
    folder=$CARGO_TARGET_DIR/${2%%.*}/dist
    mkdir -p "$folder" && echo binary > "$folder/seedtest" ;;
  run)
    for dist do :; done
    mkdir -p "$dist/completions" "$dist/man"
    touch "$dist/completions/seedtest.bash" "$dist/completions/_seedtest" "$dist/completions/seedtest.fish"
    touch "$dist/man/seedtest.1" ;;
esac"#;

/// A machine without network: rustup fetches nothing.
struct Machine {
    folder: PathBuf,
}

impl Machine {
    /// In a folder of that name, which is made anew.
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        // Where there is none of an earlier run, nothing has to go.
        let _ = fs::remove_dir_all(&folder);
        let machine = Self { folder };
        let sysroot = machine.path("sysroot");
        machine.program(
            "rustc",
            &format!("[ \"$1\" = -vV ] && echo 'host: x86_64-unknown-linux-gnu' || echo {sysroot}"),
        );
        machine.program("rustup", "exit 1");
        machine.program("cargo", CARGO);
        machine.program("cargo-zigbuild", "exit 1");
        machine.program("python3", "[ \"$1\" = deploy/image.py ] || echo '{}'");
        machine.program("dpkg-deb", "for package do :; done; touch \"$package\"");
        machine.file("sysroot/lib/rustlib/x86_64-unknown-linux-gnu/lib/libstd-1.rlib");
        machine
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn file(&self, name: &str) {
        let path = self.folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }

    fn program(&self, name: &str, script: &str) {
        self.file(&format!("tools/bin/{name}"));
        let path = self.folder.join("tools/bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn release(&self, targets: &[&str]) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/release.sh");
        let mut command = Command::new(script);
        command.args(targets).env("PATH", format!("{}:/usr/bin:/bin", self.path("tools/bin")));
        command.env("TOOLS", self.path("tools")).env("DIST", self.path("dist"));
        command.env("CALLS", self.path("calls")).env("CARGO_TARGET_DIR", self.path("target"));
        command.env_remove("RUSTC_BOOTSTRAP").env_remove("RUSTFLAGS").output().unwrap()
    }

    fn calls(&self) -> String {
        fs::read_to_string(self.path("calls")).unwrap_or_default()
    }

    fn sums(&self) -> String {
        fs::read_to_string(self.path("dist/SHA256SUMS")).unwrap()
    }
}

fn told(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

#[test]
fn what_cannot_be_built_is_left_out_and_named() {
    let machine = Machine::new("nothing");
    let output = machine.release(&[]);
    let told = told(&output);
    assert!(output.status.success(), "{told}");
    let end = told.split("== left out").nth(1).unwrap();
    for left in ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"] {
        assert!(end.contains(&format!("`rustup target add {left}` fetches it")), "{told}");
    }
    let calls = machine.calls();
    assert_eq!(calls.lines().count(), 1, "{calls}");
    assert!(calls.starts_with("0 ") && calls.contains("x86_64-unknown-linux-gnu.2.17"), "{calls}");
    let sums = machine.sums();
    assert!(sums.contains("-x86_64-unknown-linux-gnu.tar.gz"), "{sums}");
    assert!(sums.contains("_amd64.deb") && sums.contains(".cdx.json"), "{sums}");
}

#[test]
fn a_standard_library_is_built_from_its_sources_where_they_are() {
    let machine = Machine::new("sources");
    machine.file("sysroot/lib/rustlib/src/rust/library/Cargo.lock");
    let output = machine.release(&[]);
    let told = told(&output);
    assert!(output.status.success() && !told.contains("== left out"), "{told}");
    let calls = machine.calls();
    assert_eq!(calls.lines().count(), 2, "{calls}");
    for call in calls.lines() {
        assert!(call.starts_with("1 ") && call.contains("-Z build-std=std,panic_abort"), "{call}");
        assert!(call.contains("link-self-contained=no"), "{call}");
    }
    let sums = machine.sums();
    assert!(sums.contains("x86_64-unknown-linux-musl.tar.gz"), "{sums}");
    assert!(sums.contains("aarch64-unknown-linux-musl.tar.gz"), "{sums}");
}

#[test]
fn targets_that_were_asked_for_are_not_replaced() {
    let machine = Machine::new("asked");
    let output = machine.release(&["aarch64-unknown-linux-musl"]);
    let told = told(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("nothing was built") && machine.calls().is_empty(), "{told}");
}
