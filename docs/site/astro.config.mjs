import starlight from '@astrojs/starlight'
import { defineConfig } from 'astro/config'
import starlightLinksValidator from 'starlight-links-validator'
import { createStarlightTypeDocPlugin } from 'starlight-typedoc'
import { BASE, GITHUB, ORIGIN } from './scripts/places.mjs'
import { sidebar } from './scripts/sidebar.mjs'

const [typeScriptReference, typeScriptGroup] = createStarlightTypeDocPlugin()

export default defineConfig({
  site: ORIGIN,
  base: BASE,
  trailingSlash: 'always',
  // Astro's own code has directives of which Vite warns.
  vite: { logLevel: 'error' },
  integrations: [
    starlight({
      title: 'drivebell',
      description: 'Get notified when something changes in a OneDrive or SharePoint drive, without a public address',
      logo: { src: './src/assets/bell.svg' },
      favicon: '/favicon.svg',
      social: [{ icon: 'github', label: 'GitHub', href: GITHUB }],
      customCss: ['./src/styles/site.css'],
      sidebar: sidebar(typeScriptGroup),
      plugins: [
        typeScriptReference({
          entryPoints: ['../../bindings-node/lib/index.ts', '../../bindings-node/lib/testing/index.ts'],
          tsconfig: '../../bindings-node/tsconfig.json',
          output: 'reference/typescript',
          sidebar: { label: 'TypeScript API', collapsed: true },
          typeDoc: {
            // It is checked elsewhere. The addon's types are private, and exist only when it is built.
            skipErrorChecking: true,
            treatWarningsAsErrors: true,
            // What Node's own EventEmitter has.
            excludeExternals: true,
            name: 'TypeScript API',
            entryFileName: 'index',
            useCodeBlocks: true,
            indexFormat: 'table',
            parametersFormat: 'table',
            interfacePropertiesFormat: 'table',
            classPropertiesFormat: 'table',
            typeDeclarationFormat: 'table',
            tableColumnSettings: { hideDefaults: true, hideInherited: true, hideModifiers: true, hideSources: true },
            disableGit: true,
            basePath: '../..',
            sourceLinkTemplate: `${GITHUB}/blob/main/bindings-node/lib/{path}#L{line}`,
          },
        }),
        starlightLinksValidator(),
      ],
    }),
  ],
})
