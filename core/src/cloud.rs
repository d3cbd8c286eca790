use crate::names::names;

names! {
    /// A national cloud of Microsoft Graph, with its own base URL.
    ///
    /// Microsoft does not document whether the Socket.IO endpoint is served outside the global cloud.
    pub enum Cloud {
        /// `https://graph.microsoft.com`, the default.
        Global = "global",
        /// US Government L4: `https://graph.microsoft.us`.
        UsGovL4 = "us-gov-l4",
        /// US Government L5 (DoD): `https://dod-graph.microsoft.us`.
        UsGovL5 = "us-gov-l5",
        /// China, operated by 21Vianet: `https://microsoftgraph.chinacloudapi.cn`.
        China = "china",
    }
    default Global;
    argument "cloud";
}

impl Cloud {
    /// The origin of Graph in this cloud.
    pub fn base_url(self) -> &'static str {
        match self {
            Self::Global => "https://graph.microsoft.com",
            Self::UsGovL4 => "https://graph.microsoft.us",
            Self::UsGovL5 => "https://dod-graph.microsoft.us",
            Self::China => "https://microsoftgraph.chinacloudapi.cn",
        }
    }

    /// The origin at which users of this cloud sign in, as in Microsoft's list of
    /// [national clouds](https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud).
    pub fn login_url(self) -> &'static str {
        match self {
            Self::Global => "https://login.microsoftonline.com",
            Self::UsGovL4 | Self::UsGovL5 => "https://login.microsoftonline.us",
            Self::China => "https://login.partner.microsoftonline.cn",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cloud_is_found_by_its_name() {
        for cloud in Cloud::ALL {
            assert_eq!(cloud.to_string().parse::<Cloud>().unwrap(), *cloud);
        }
    }

    #[test]
    fn the_error_of_an_unknown_cloud_names_the_argument() {
        let error = "moon".parse::<Cloud>().unwrap_err();
        assert_eq!(error.argument(), Some("cloud"));
        assert!(error.to_string().contains("us-gov-l4"), "{error}");
    }
}
