//! `drivebell logout`.

use crate::arguments::Common;
use crate::exit::End;
use crate::login::LoginFile;
use crate::output::Output;

pub(crate) async fn run(common: &Common, output: &Output) -> Result<(), End> {
    common.refuse_token_options("logout")?;
    let was_signed_in = LoginFile::locate()?.delete()?;
    let format = output.format(common.json);
    output.write(format.logout(was_signed_in)).await
}
